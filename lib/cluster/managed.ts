import { findBinary, runCommand } from '../host/command.ts'
import type { Invocation } from '../ocf/invocation.ts'

export type Permission = { readonly allowed: true } | { readonly allowed: false; readonly because: string }

const no = (because: string): Permission => ({ allowed: false, because })

/** Longest wait for the cluster's own word. */
const askTimeoutMs = 5000

/**
 * Asks the cluster, just now, whether an agent may change anything by itself: not while the resource,
 * its node or the whole cluster is unmanaged or in maintenance. Cannot tell means no.
 */
export async function mayRepair(invocation: Invocation): Promise<Permission> {
  if (!invocation.underPacemaker) return no('not run by Pacemaker')
  if (findBinary('crm_mon') === undefined) return no('crm_mon is not installed (package pacemaker-cli-utils)')
  const answer = await runCommand('crm_mon', ['--one-shot', '--inactive', '--output-as=xml'], {
    timeoutMs: askTimeoutMs,
  })
  if (answer.timedOut) return no(`crm_mon gave no answer within ${askTimeoutMs / 1000} s`)
  if (answer.code !== 0) return no(`crm_mon answered ${answer.code ?? answer.signal ?? 'nothing'}`)
  return readPermission(answer.stdout, invocation.instance, invocation.node)
}

/** Reads `crm_mon --output-as=xml`: attributes of `cluster_options`, `node` and `resource` elements. */
export function readPermission(xml: string, instance: string, node: string | undefined): Permission {
  const options = elements(xml, 'cluster_options')[0]
  if (options === undefined) return no('crm_mon printed no cluster options')
  if (!xml.trimEnd().endsWith('</pacemaker-result>')) return no('the output of crm_mon is cut off')
  if (options.get('maintenance-mode') === 'true') return no('the cluster is in maintenance mode')
  if (options.get('stop-all-resources') === 'true') return no('the cluster stops all resources')
  if (node !== undefined) {
    const own = elements(xml, 'node').find(
      element => element.get('name') === node && element.has('maintenance'),
    )
    if (own === undefined) return no(`crm_mon does not know node ${node}`)
    if (own.get('maintenance') === 'true') return no(`node ${node} is in maintenance`)
    if (own.get('pending') === 'true' || own.get('unclean') === 'true')
      return no(`node ${node} is not settled`)
  }
  const copies = elements(xml, 'resource').filter(element => plainId(element.get('id')) === plainId(instance))
  if (copies.length === 0) return no(`crm_mon does not know resource ${instance}`)
  if (copies.some(copy => copy.get('managed') !== 'true')) return no('the resource is unmanaged')
  if (copies.some(copy => copy.get('maintenance') === 'true')) return no('the resource is in maintenance')
  return { allowed: true }
}

/** Copies of a clone are `id:0`, `id:1`; the agent is told either form. */
function plainId(id: string | undefined): string | undefined {
  return id?.replace(/:\d+$/, '')
}

function elements(xml: string, name: string): ReadonlyMap<string, string>[] {
  const found: ReadonlyMap<string, string>[] = []
  for (const tag of xml.matchAll(new RegExp(`<${name}\\s((?:[^>"]|"[^"]*")*)>`, 'g'))) {
    const attributes = new Map<string, string>()
    for (const [, key, value] of (tag[1] ?? '').matchAll(/([\w-]+)="([^"]*)"/g)) {
      if (key !== undefined && value !== undefined) attributes.set(key, value)
    }
    found.push(attributes)
  }
  return found
}
