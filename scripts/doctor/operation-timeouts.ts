import { durationMs, durationText } from '../../lib/ocf/duration.ts'
import type { Cib, Operation, Resource } from '../pacemaker/cib.ts'
import type { Finding } from './finding.ts'

/** What Pacemaker gives an action of which nothing is said. */
const pacemakersMs = 20_000

/** The time that Pacemaker gives an action, and where that is said. */
export function timeoutOf(
  { operationDefaults }: Cib,
  operation: Operation | undefined,
): { readonly ms: number; readonly said: string } {
  if (operation?.timeoutMs !== undefined)
    return { ms: operation.timeoutMs, said: `timeout=${durationText(operation.timeoutMs)}` }
  const common = durationMs(operationDefaults.get('timeout') ?? '')
  if (common !== undefined) return { ms: common, said: `${durationText(common)} of op_defaults` }
  return { ms: pacemakersMs, said: `no timeout, which means Pacemaker's ${durationText(pacemakersMs)}` }
}

/** The configured operation of an action that runs once. */
export function operationOf({ operations }: Resource, name: string): Operation | undefined {
  return operations.find(operation => operation.name === name && (operation.intervalMs ?? 0) === 0)
}

/** Recurring monitors that are not switched off. */
export function monitorsOf({ operations }: Resource): readonly Operation[] {
  return operations.filter(
    ({ name, intervalMs, enabled }) => name === 'monitor' && enabled && intervalMs !== 0,
  )
}

/** The commands that give an action more time. */
export function timeoutCure(
  resource: Resource,
  action: string,
  operation: Operation | undefined,
  seconds: number,
): Pick<Finding, 'crmsh' | 'pcs'> {
  const { id } = resource
  const interval = durationText(operation?.intervalMs ?? 0)
  const path = operation === undefined ? undefined : crmshPath(resource, operation)
  return {
    crmsh:
      path === undefined
        ? `crm configure edit ${id}   # op ${action} interval=${interval} timeout=${seconds}s`
        : `crm configure set ${path}.timeout ${seconds}s`,
    pcs: `pcs resource update ${id} op ${action} interval=${interval} timeout=${seconds}s`,
  }
}

/** How `crm configure set` names an operation; it finds one among several by the id that crmsh itself gave it. */
export function crmshPath({ id, operations }: Resource, operation: Operation): string | undefined {
  const { name } = operation
  if (operations.filter(other => other.name === name).length === 1) return `${id}.${name}`
  const given = `${id}-${name}-`
  return operation.id.startsWith(given) ? `${id}.${name}.${operation.id.slice(given.length)}` : undefined
}
