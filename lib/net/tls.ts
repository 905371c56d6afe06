import { bareTls, everyCipher } from './bare-tls.ts'
import { type Connect, overSocket } from './connection.ts'

/** How the other side is encrypted to. */
export interface TlsTarget {
  /** Every certificate will do, and old protocol versions too. */
  readonly insecure: boolean
  /** The name to ask for; none where the server is known by its address. */
  readonly servername?: string | undefined
}

/**
 * Encrypted connections: by what lies under node:tls where that is known and every certificate will do, because
 * loading node:tls costs a monitor a quarter to a half of what starting node does; else by node:tls.
 */
export async function tlsConnector(target: TlsTarget): Promise<Connect> {
  const bare = target.insecure ? bareTls(process.version, target.servername) : undefined
  return bare ?? (await nodeTls(target))
}

/** Encrypted connections over node:tls. */
export async function nodeTls({ insecure, servername }: TlsTarget): Promise<Connect> {
  const { connect } = await import('node:tls')
  // No authorities where none is asked for: without `ca` all that node knows are parsed, for 10 ms and more.
  const trust = insecure
    ? { rejectUnauthorized: false, ca: [], minVersion: 'TLSv1' as const, ciphers: everyCipher }
    : { rejectUnauthorized: true }
  const name = servername === undefined ? {} : { servername }
  return (to, events) => overSocket(connect({ ...to, ...trust, ...name }), events)
}
