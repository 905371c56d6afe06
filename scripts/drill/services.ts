import { parseProbeUrl } from '../../lib/net/probe.ts'
import { splitWords } from '../../lib/ocf/list-parameter.ts'
import type { Cib } from '../pacemaker/cib.ts'
import { questionOf } from './asking.ts'

/** A service as whoever uses it asks for it. */
export interface WatchedService {
  readonly name: string
  /** `http://`, `https://`, `tcp://`, `mqtt://` or `dns://server/name`. */
  readonly url: string
}

/** Services that were written, or what is wrong with them. */
export type ServiceList =
  | { readonly ok: true; readonly services: readonly WatchedService[] }
  | { readonly ok: false; readonly fault: string }

/** Reads `name=URL name=URL`, also with commas between them; a URL without a name is its own. */
export function readServiceList(text: string): ServiceList {
  const services: WatchedService[] = []
  for (const item of text.split(/[\s,]+(?=(?:[\w.-]+=)?\w+:\/\/)|\s+/).filter(part => part !== '')) {
    const [, given, url = ''] = /^(?:([\w.-]+)=)?(.*)$/.exec(item.replace(/,$/, '')) ?? []
    const name = given ?? url.replace(/^\w+:\/\//, '')
    if (questionOf(url) === undefined)
      return {
        ok: false,
        fault: `'${item}' is not name=URL with http, https, tcp, mqtt or dns://server/name`,
      }
    if (services.some(other => other.name === name))
      return { ok: false, fault: `service ${name} is named twice; give each a name of its own: name=URL` }
    services.push({ name, url })
  }
  return services.length > 0 ? { ok: true, services } : { ok: false, fault: 'no service is named' }
}

/**
 * What the cluster itself says is worth asking: the probes of each compose-stack, at the floating address in
 * stead of the loopback one. Without a floating address a loopback probe says nothing to anybody else.
 *
 * @param members primitives that move together with the drilled one, from its group
 */
export function servicesOf({ resources }: Cib, members: readonly string[]): readonly WatchedService[] {
  const addresses = resources
    .filter(({ agent }) => /:IPaddr2?$/.test(agent))
    .map(({ id, parameters }) => ({ id, address: parameters.get('ip') ?? '' }))
    .filter(({ address }) => address !== '')
  const own = addresses.find(({ id }) => members.includes(id))
  const address = (own ?? (addresses.length === 1 ? addresses[0] : undefined))?.address
  const found = new Map<string, string>()
  for (const { id, agent, parameters } of resources) {
    if (!members.includes(id)) continue
    if (agent === 'ocf:haha:compose-stack')
      for (const [name, url] of probesIn(parameters.get('probes') ?? '', address)) found.set(name, url)
    if (agent === 'ocf:haha:nfs-ocfs2-export' && address !== undefined)
      found.set(id, `tcp://${shown(address)}:2049`)
  }
  return [...found].map(([name, url]) => ({ name, url }))
}

function probesIn(probes: string, address: string | undefined): (readonly [string, string])[] {
  return (splitWords(probes) ?? []).flatMap(word => {
    const split = word.indexOf('=')
    const target = parseProbeUrl(word.slice(split + 1))
    if (split < 1 || target === undefined || target.scheme === 'exec') return []
    const isHere = /^(127\.|localhost$|::1$)/.test(target.host)
    if (isHere && address === undefined) return []
    const host = shown(isHere ? (address ?? '') : target.host)
    const path = target.scheme === 'http' || target.scheme === 'https' ? target.path : ''
    return [[word.slice(0, split), `${target.scheme}://${host}:${target.port}${path}`] as const]
  })
}

const shown = (address: string): string => (address.includes(':') ? `[${address}]` : address)
