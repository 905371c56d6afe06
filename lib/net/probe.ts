import type { Socket } from 'node:net'
import { httpRequest, seconds } from './http.ts'
import { connectionFailure, failure, HttpFailure } from './http-failure.ts'
import type { ProbeTarget } from './probe-target.ts'

export type ProbeOutcome =
  | { readonly ok: true }
  | {
      readonly ok: false
      /** A time-out or a 5xx: may be damped by the caller. Everything else counts at once. */
      readonly damped: boolean
      readonly reason: string
    }

export interface ProbeLimits {
  readonly timeoutMs: number
  /** Tries within this call; only a time-out is tried again. */
  readonly tries: number
}

type NetworkTarget = Exclude<ProbeTarget, { scheme: 'exec' }>

/** Asks a service for a sign of life; never rejects. */
export async function probe(target: NetworkTarget, limits: ProbeLimits): Promise<ProbeOutcome> {
  let outcome = await once(target, limits.timeoutMs)
  for (let tried = 1; tried < limits.tries && !outcome.ok && outcome.damped; tried++) {
    outcome = await once(target, limits.timeoutMs)
  }
  return outcome
}

async function once(target: NetworkTarget, timeoutMs: number): Promise<ProbeOutcome> {
  try {
    switch (target.scheme) {
      case 'http':
      case 'https':
        return await askHttp(target, timeoutMs)
      case 'tcp':
        await talk(target, timeoutMs, undefined)
        return { ok: true }
      case 'mqtt':
        return await askMqtt(target, timeoutMs)
    }
  } catch (cause) {
    if (cause instanceof HttpFailure)
      return { ok: false, damped: cause.kind === 'timeout', reason: cause.message }
    throw cause
  }
}

/**
 * 2xx and 3xx are alive, 401 and 403 as well: who asks for a password works. A certificate is not
 * verified: a probe asks for life, not for identity, and a house's certificates are its own.
 */
async function askHttp(target: NetworkTarget, timeoutMs: number): Promise<ProbeOutcome> {
  const { host, port, path } = target
  const address = target.scheme === 'https' ? { host, port, tls: { insecure: true } } : { host, port }
  const { status } = await httpRequest(address, { path, timeoutMs })
  if ((status >= 200 && status < 400) || status === 401 || status === 403) return { ok: true }
  return { ok: false, damped: status >= 500, reason: `${target.url} answers ${status}` }
}

/** CONNECT of MQTT 3.1.1 with an empty client id and a clean session: two nodes never kick each other. */
const mqttConnect = Buffer.from('100c00044d5154540402000a0000', 'hex')

/** Any CONNACK is a living broker, one that refuses this client too. */
async function askMqtt(target: NetworkTarget, timeoutMs: number): Promise<ProbeOutcome> {
  const reply = await talk(target, timeoutMs, mqttConnect)
  if (reply.length >= 4 && reply[0] === 0x20 && reply[1] === 0x02) return { ok: true }
  return { ok: false, damped: false, reason: `${target.url} does not speak MQTT` }
}

/** Connects, sends, and gives the first bytes that come back (none when nothing is sent). */
async function talk(target: NetworkTarget, timeoutMs: number, send: Buffer | undefined): Promise<Buffer> {
  const { connect } = await import('node:net')
  return await new Promise((resolve, reject) => {
    const socket: Socket = connect(target.port, target.host)
    let received = Buffer.alloc(0)
    const end = (settle: () => void) => {
      clearTimeout(timer)
      socket.destroy()
      settle()
    }
    const timer = setTimeout(
      () => end(() => reject(failure('timeout', target.url, `gave no answer within ${seconds(timeoutMs)}`))),
      timeoutMs,
    )
    socket.once('connect', () => {
      if (send === undefined) end(() => resolve(received))
      else socket.write(send)
    })
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (received.length >= 4) end(() => resolve(received))
    })
    socket.on('error', cause => end(() => reject(connectionFailure(target.url, cause))))
    socket.on('close', () =>
      end(() => (received.length > 0 ? resolve(received) : reject(failure('reset', target.url)))),
    )
  })
}
