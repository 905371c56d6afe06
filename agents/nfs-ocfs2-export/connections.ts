import { kernelText } from '../../lib/host/processes.ts'

const nfsPort = 2049
const established = '01'

/**
 * Clients that are connected to NFS at an address, for tickle_tcp: a client whose server vanished with the
 * address tries again after 0.2 s, 0.4 s, ... 25 s, and meets the next server that much later.
 */
export function clientConnections(address: string): string {
  return parseConnections(kernelText('/proc/net/tcp'), address)
}

/** Lines of /proc/net/tcp: number, local and remote address with port, state (proc(5)). IPv4 only. */
export function parseConnections(text: string, address: string): string {
  return text
    .split('\n')
    .flatMap(line => {
      const [, local, remote, state] = line.trim().split(/\s+/)
      const server = state === established ? readEndpoint(local) : undefined
      const client = readEndpoint(remote)
      const wanted = `${address}:${nfsPort}`
      return server === wanted && client !== undefined ? [`${server}\t${client}\n`] : []
    })
    .join('')
}

/** Four bytes as the processor has them (little-endian on all that Debian runs OCFS2 on), then the port. */
function readEndpoint(field: string | undefined): string | undefined {
  const [, hex, port] = /^([0-9A-F]{8}):([0-9A-F]{4})$/.exec(field ?? '') ?? []
  if (hex === undefined || port === undefined) return undefined
  const bytes = hex.match(/../g) ?? []
  return `${bytes
    .reverse()
    .map(byte => Number.parseInt(byte, 16))
    .join('.')}:${Number.parseInt(port, 16)}`
}
