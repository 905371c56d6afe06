import type { Socket } from 'node:net'
import type { DetailedPeerCertificate, PeerCertificate } from 'node:tls'
import { SwitchFailure } from './power-switch.ts'
import type { TlsTrust } from './tls-trust.ts'

/** Opens a TCP connection, with TLS when `trust` is given; nothing is sent before trust is established. */
export async function connect(
  target: { readonly host: string; readonly port: number; readonly trust: TlsTrust | undefined },
  limitMs: number,
): Promise<Socket> {
  const { host, port, trust } = target
  const where = `${host}:${port}`
  const socket = trust === undefined ? await plain(host, port) : await secured(host, port, trust)
  return new Promise((resolve, reject) => {
    const fail = (failure: SwitchFailure) => {
      clearTimeout(timer)
      socket.destroy()
      reject(failure)
    }
    const timer = setTimeout(
      () =>
        fail(new SwitchFailure('transient', `${where} did not take the connection in ${seconds(limitMs)} s`)),
      limitMs,
    )
    socket.on('error', cause => fail(connectionFailure(where, cause)))
    socket.once(trust === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer)
      const stranger = trust === undefined ? undefined : strangerBehind(socket, trust)
      if (stranger === undefined) resolve(socket)
      else fail(new SwitchFailure('final', `${where} ${stranger}`))
    })
  })
}

async function plain(host: string, port: number): Promise<Socket> {
  const net = await import('node:net')
  return net.connect({ host, port })
}

async function secured(host: string, port: number, trust: TlsTrust): Promise<Socket> {
  const tls = await import('node:tls')
  const net = await import('node:net')
  return tls.connect({
    host,
    port,
    rejectUnauthorized: trust.kind === 'authorities',
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    ...(trust.kind === 'authorities' && trust.ca !== undefined ? { ca: trust.ca } : {}),
  })
}

/** What is wrong with the certificate of a connection that pins fingerprints; undefined when it is the pinned one. */
function strangerBehind(socket: Socket, trust: TlsTrust): string | undefined {
  if (trust.kind !== 'fingerprints') return undefined
  const certificate = peerCertificate(socket)
  const seen = certificate?.fingerprint256?.replaceAll(':', '').toLowerCase()
  if (seen !== undefined && trust.sha256.includes(seen)) return undefined
  return `shows another certificate than ssl_fingerprint pins (${seen?.slice(0, 16) ?? 'none'}...): nothing was sent`
}

function peerCertificate(socket: Socket): PeerCertificate | DetailedPeerCertificate | undefined {
  if (!('getPeerCertificate' in socket) || typeof socket.getPeerCertificate !== 'function') return undefined
  return socket.getPeerCertificate(false)
}

function connectionFailure(where: string, cause: Error): SwitchFailure {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  if (/CERT|ALTNAME|SELF_SIGNED|UNABLE_TO|ISSUER/.test(code)) {
    const text = `${where}: certificate not trusted (${code}): set ssl_ca_file or ssl_fingerprint`
    return new SwitchFailure('final', text)
  }
  if (code === 'ECONNREFUSED') return new SwitchFailure('transient', `${where} refuses the connection`)
  return new SwitchFailure('transient', `${where} cannot be reached (${code.slice(0, 40)})`)
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1)
}
