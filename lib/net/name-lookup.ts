import { readFileSync } from 'node:fs'
import { isIpLiteral } from './address.ts'

/** A name without an address. `code` is the resolver's: ENOTFOUND, ETIMEOUT, ECONNREFUSED. */
export class NameUnknown extends Error {
  readonly code: string

  constructor(host: string, code: string) {
    super(`the name ${host} does not resolve (${code}); write its address instead`)
    this.name = 'NameUnknown'
    this.code = code
  }
}

/**
 * The address of a host: itself if it is one, else from /etc/hosts, else from the name servers, IPv4
 * first. Never getaddrinfo: that waits on a thread, and process.exit waits for the thread (5 s measured
 * with a dead name server). So there are no search domains and no mDNS here.
 * @throws NameUnknown
 */
export async function addressOf(host: string, timeoutMs: number): Promise<string> {
  if (isIpLiteral(host)) return host
  const known = addressInHosts(host, hostsFile())
  if (known !== undefined) return known
  const { Resolver } = await import('node:dns')
  const resolver = new Resolver({ timeout: Math.max(1, timeoutMs), tries: 1 })
  const ask = (family: 'A' | 'AAAA') =>
    new Promise<string>((resolve, reject) => {
      const limit = setTimeout(() => {
        resolver.cancel()
        reject(new NameUnknown(host, 'ETIMEOUT'))
      }, timeoutMs)
      const answer = (error: NodeJS.ErrnoException | null, addresses: readonly string[] | undefined) => {
        clearTimeout(limit)
        const address = addresses?.[0]
        if (error === null && address !== undefined) resolve(address)
        else reject(new NameUnknown(host, error?.code ?? 'ENODATA'))
      }
      if (family === 'A') resolver.resolve4(host, answer)
      else resolver.resolve6(host, answer)
    })
  const answers = await Promise.allSettled([ask('A'), ask('AAAA')])
  for (const answer of answers) if (answer.status === 'fulfilled') return answer.value
  throw answers[0]?.status === 'rejected' ? answers[0].reason : new NameUnknown(host, 'ENODATA')
}

function hostsFile(): string {
  try {
    return readFileSync('/etc/hosts', 'utf8')
  } catch {
    return ''
  }
}

/** The address of a name in the text of a hosts file (see hosts(5)), IPv4 first; localhost always has one. */
export function addressInHosts(host: string, hosts: string): string | undefined {
  const wanted = host.toLowerCase()
  let found: string | undefined
  for (const line of hosts.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (address === undefined || !isIpLiteral(address)) continue
    if (!names.some(name => name.toLowerCase() === wanted)) continue
    if (!address.includes(':')) return address
    found ??= address
  }
  return found ?? (wanted === 'localhost' ? '127.0.0.1' : undefined)
}
