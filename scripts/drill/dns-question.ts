/** A question to a name server. */
export interface DnsTarget {
  readonly server: string
  readonly port: number
  readonly name: string
}

/** Reads `dns://server[:port]/name`; the server is an address. Undefined when it is not one. */
export function parseDnsUrl(url: string): DnsTarget | undefined {
  const [, wide, narrow, port = '53', name] =
    /^dns:\/\/(?:\[([0-9a-fA-F:]+)\]|(\d+\.\d+\.\d+\.\d+))(?::(\d{1,5}))?\/([\w.-]+)$/.exec(url) ?? []
  const server = wide ?? narrow
  if (server === undefined || name === undefined || Number(port) < 1 || Number(port) > 65_535)
    return undefined
  return { server, port: Number(port), name }
}

/** A server that says that there is no such name is alive; one that fails, refuses or is silent is not. */
const ALIVE = new Set(['ENOTFOUND', 'ENODATA'])

/** Asks for the address of a name, once. */
export async function askNameServer({ server, port, name }: DnsTarget, timeoutMs: number): Promise<boolean> {
  const { Resolver } = await import('node:dns/promises')
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 })
  resolver.setServers([server.includes(':') ? `[${server}]:${port}` : `${server}:${port}`])
  const limit = setTimeout(() => resolver.cancel(), timeoutMs)
  try {
    await resolver.resolve4(name)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && ALIVE.has(String(error.code))
  } finally {
    clearTimeout(limit)
  }
}
