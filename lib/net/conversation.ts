import { alarmIn } from '../host/alarm.ts'
import { monotonicMs } from '../host/clock.ts'
import { connector } from './connection.ts'
import { connectionFailure, limitText } from './http-failure.ts'
import { addressOf, NameUnknown } from './name-lookup.ts'
import type { ProbeAnswer } from './probe.ts'

/** Whom to talk to; `url` names it in reasons. */
export interface Place {
  readonly url: string
  readonly host: string
  readonly port: number
}

/** What is said over a connection: nothing, when the connection itself is the sign of life. */
export interface Talk {
  readonly hello: Buffer
  /**
   * Judges all bytes received so far; undefined waits for more. `say` sends the next words of a longer
   * talk, after which the same bytes are judged again: more of the answer may have come with them.
   */
  judge(received: Buffer): ProbeAnswer | { readonly kind: 'say'; readonly bytes: Buffer } | undefined
  /** Said before leaving once the other side is known to be alive, so that it need not log a lost client. */
  readonly farewell: Buffer
}

/** Connects, says its hello and judges the answer, all within the limit. Never rejects. */
export async function converse(
  target: Place,
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
  const connect = await connector()
  return new Promise(resolve => {
    let received: Buffer | undefined
    const settle = (answer: ProbeAnswer) => {
      takeBack()
      if (answer.kind === 'alive' && talk !== undefined) connection.send(talk.farewell)
      connection.close()
      resolve(answer)
    }
    // setImmediate: on a loaded machine the limit and the answer may both be due; the answer goes first.
    const takeBack = alarmIn(begin + timeoutMs - monotonicMs(), () => setImmediate(() => settle(timedOut)))
    const connection = connect(
      { host, port: target.port },
      {
        connected() {
          if (connection.isToItself())
            settle(failed(connectionFailure('ECONNREFUSED', target.url, false).message))
          else if (talk === undefined) settle({ kind: 'alive' })
          else connection.send(talk.hello)
        },
        received(bytes) {
          received = received === undefined ? bytes : Buffer.concat([received, bytes])
          let verdict = talk?.judge(received)
          while (verdict?.kind === 'say') {
            connection.send(verdict.bytes)
            verdict = talk?.judge(received)
          }
          if (verdict !== undefined) settle(verdict)
        },
        ended: () =>
          settle(
            received !== undefined
              ? failed(`${target.url} closed the connection in the middle of its answer`)
              : { ...failed(`${target.url} closed the connection without an answer`), closed: true },
          ),
        failed(code) {
          const failure = connectionFailure(code, target.url, false)
          const answer = failed(failure.message)
          if (failure.kind === 'timeout') settle(timedOut)
          else
            settle(failure.kind === 'reset' && received === undefined ? { ...answer, closed: true } : answer)
        },
      },
    )
  })
}

/** A name server that is silent may answer the next time; one that knows no such name has spoken. */
function nameFailure(target: Place, error: NameUnknown): ProbeAnswer {
  const reason = `${target.url} cannot be asked: ${error.message}`
  return error.code === 'ETIMEOUT' ? { kind: 'timeout', reason } : failed(reason)
}

function failed(reason: string) {
  return { kind: 'failed', damped: false, reason } as const
}
