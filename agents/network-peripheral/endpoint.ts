import { hostText, isIpLiteral } from '../../lib/net/address.ts'

/** A TCP port of a device. */
export interface Endpoint {
  /** Address or name, without brackets. */
  readonly host: string
  readonly port: number
}

/** Reads `host:port`; undefined when it is not one. */
export function readEndpoint(text: string): Endpoint | undefined {
  const match = /^(?:\[([^\]]+)\]|([A-Za-z0-9_.-]+)):(\d{1,5})$/.exec(text.trim())
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || !(port >= 1 && port <= 65_535)) return undefined
  const isAddress = isIpLiteral(host)
  const isBracketed = match?.[1] !== undefined
  if (isBracketed ? !isAddress || !host.includes(':') : !isAddress && /^[\d.]+$/.test(host)) return undefined
  return { host, port }
}

export function endpointText({ host, port }: Endpoint): string {
  return `${hostText(host)}:${port}`
}
