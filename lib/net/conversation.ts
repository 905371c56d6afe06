import { monotonicMs } from '../host/clock.ts'
import { connectionFailure, limitText } from './http-failure.ts'
import { addressOf, NameUnknown } from './name-lookup.ts'
import type { ProbeAnswer, ProbeTarget } from './probe.ts'

/** What is said over a connection: nothing, when the connection itself is the sign of life. */
export interface Talk {
  readonly hello: Buffer
  /** Judges all bytes received so far; undefined waits for more. */
  judge(received: Buffer): ProbeAnswer | undefined
  /** Said before leaving once the other side is known to be alive, so that it need not log a lost client. */
  readonly farewell: Buffer
}

/** Connects, says its hello and judges the answer, all within the limit. Never rejects. */
export async function converse(
  target: ProbeTarget,
  timeoutMs: number,
  talk: Talk | undefined,
): Promise<ProbeAnswer> {
  const begin = monotonicMs()
  const timedOut: ProbeAnswer = {
    kind: 'timeout',
    reason: `${target.url} gave no answer within ${limitText(timeoutMs)}`,
  }
  let host: string
  try {
    host = await addressOf(target.host, timeoutMs)
  } catch (error) {
    if (!(error instanceof NameUnknown)) throw error
    return nameFailure(target, error)
  }
  const { connect } = await import('node:net')
  return new Promise(resolve => {
    let received: Buffer = Buffer.alloc(0)
    const socket = connect({ host, port: target.port })
    const settle = (answer: ProbeAnswer) => {
      clearTimeout(limit)
      if (answer.kind === 'alive' && talk !== undefined && !socket.destroyed) socket.write(talk.farewell)
      socket.destroy()
      resolve(answer)
    }
    // setImmediate: on a loaded machine the limit and the answer may both be due; the answer goes first.
    const limit = setTimeout(() => setImmediate(() => settle(timedOut)), begin + timeoutMs - monotonicMs())
    socket.on('connect', () => {
      // Nobody listens and the kernel chose the very port as our own: TCP then connects to itself.
      if (socket.localPort === target.port && socket.localAddress === socket.remoteAddress)
        settle(failed(connectionFailure('ECONNREFUSED', target.url, false).message))
      else if (talk === undefined) settle({ kind: 'alive' })
      else socket.write(talk.hello)
    })
    socket.on('data', chunk => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const verdict = talk?.judge(received)
      if (verdict !== undefined) settle(verdict)
    })
    socket.on('end', () => settle(failed(`${target.url} closed the connection without an answer`)))
    socket.on('error', error => {
      const code = 'code' in error ? String(error.code) : error.name
      const failure = connectionFailure(code, target.url, false)
      settle(failure.kind === 'timeout' ? timedOut : failed(failure.message))
    })
  })
}

/** A name server that is silent may answer the next time; one that knows no such name has spoken. */
function nameFailure(target: ProbeTarget, error: NameUnknown): ProbeAnswer {
  const reason = `${target.url} cannot be asked: ${error.message}`
  return error.code === 'ETIMEOUT' ? { kind: 'timeout', reason } : failed(reason)
}

function failed(reason: string): ProbeAnswer {
  return { kind: 'failed', damped: false, reason }
}
