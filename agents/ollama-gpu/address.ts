import { isIpLiteral } from '../../lib/net/address.ts'

/** Where a server listens. */
export interface Address {
  /** An IPv4 or IPv6 address, without brackets. */
  readonly host: string
  readonly port: number
}

const defaultPort = 11434

/** Reads `127.0.0.1:11434`, `[::1]:11434`, `localhost`, also with Ollama's `http://` before it. */
export function readAddress(text: string): Address | undefined {
  const plain = text
    .trim()
    .replace(/^http:\/\//, '')
    .replace(/\/$/, '')
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(plain)
  const named = match?.[1] ?? match?.[2]
  if (named === undefined) return undefined
  const host = named === 'localhost' ? '127.0.0.1' : named
  const port = match?.[3] === undefined ? defaultPort : Number(match[3])
  return isIpLiteral(host) && port >= 1 && port <= 65_535 ? { host, port } : undefined
}

/** Where to ask a server that listens there: one that listens everywhere is asked on loopback. */
export function askAt({ host, port }: Address): Address {
  if (host === '0.0.0.0') return { host: '127.0.0.1', port }
  return host === '::' ? { host: '::1', port } : { host, port }
}
