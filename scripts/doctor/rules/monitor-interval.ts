import { durationText } from '../../../lib/ocf/duration.ts'
import type { Operation, Resource } from '../../pacemaker/cib.ts'
import type { Finding, Rule } from '../finding.ts'
import { crmshPath, monitorsOf } from '../operation-timeouts.ts'

export const monitorInterval: Rule = {
  id: 'monitor-interval',
  about: 'Two monitors of one resource have the same interval, so that one of them never runs.',
  check({ cib }) {
    return (cib?.resources ?? []).flatMap(resource => {
      const monitors = monitorsOf(resource)
      return monitors.flatMap((monitor, index) => {
        const first = monitors.findIndex(other => other.intervalMs === monitor.intervalMs)
        return first === index ? [] : [twice(resource, monitor)]
      })
    })
  },
}

function twice(resource: Resource, operation: Operation): Finding {
  const { id } = resource
  const { intervalMs = 0, timeoutMs, checkLevel } = operation
  const path = crmshPath(resource, operation)
  const interval = durationText(intervalMs)
  const other = durationText(intervalMs + 1000)
  const time = timeoutMs === undefined ? '' : ` timeout=${durationText(timeoutMs)}`
  const level = checkLevel === undefined ? '' : ` OCF_CHECK_LEVEL=${checkLevel}`
  return {
    severity: 'warning',
    seen: `${id} has two monitors with interval=${interval}`,
    why: 'Pacemaker knows a monitor by its interval and runs one of the two: the deeper look, or the one for the other role, never happens.',
    crmsh:
      path === undefined
        ? `crm configure edit ${id}   # give the second one interval=${other}${level}`
        : `crm configure set ${path}.interval ${other}`,
    pcs: `pcs resource op delete ${operation.id} && pcs resource op add ${id} monitor interval=${other}${time}${level} --force`,
  }
}
