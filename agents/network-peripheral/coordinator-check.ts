import { monotonicMs } from '../../lib/host/clock.ts'
import {
  connackType,
  connectPacket,
  disconnectPacket,
  publishPacket,
  publishType,
  readPublish,
  subackType,
  subscribePacket,
  takePackets,
} from '../../lib/net/mqtt-packets.ts'
import { oneLine } from '../../lib/ocf/exit-reason.ts'
import { parseJson, stringAt } from '../../lib/ocf/json.ts'
import type { CheckUrl } from './check-url.ts'

export type CheckAnswer =
  /** The radio was read. */
  | { readonly kind: 'alive' }
  /** Zigbee2MQTT says that its radio does not answer. */
  | { readonly kind: 'radio-silent'; readonly text: string }
  /** The broker took the request, and nobody answered it. */
  | { readonly kind: 'unanswered' }
  /** It could not be asked, or the adapter knows no such check: no evidence. */
  | { readonly kind: 'unknown'; readonly because: string }

/**
 * Asks Zigbee2MQTT for its coordinator check, which makes it read the radio's memory over its own
 * connection (zigbee-herdsman's backup reads it). `bridge/request/health_check` would not: it answers
 * healthy whatever the radio does.
 *
 * @param address of the broker, resolved
 */
export async function checkCoordinator(
  { port, user, baseTopic }: CheckUrl,
  address: string,
  password: string | undefined,
  timeoutMs: number,
): Promise<CheckAnswer> {
  const begin = monotonicMs()
  const transaction = `haha-${process.pid}-${Math.round(begin)}`
  const answerTopic = `${baseTopic}/bridge/response/coordinator_check`
  const { connect } = await import('node:net')
  return new Promise(resolve => {
    let stream: Buffer = Buffer.alloc(0)
    let asked = false
    const socket = connect({ host: address, port })
    const settle = (answer: CheckAnswer) => {
      clearTimeout(limit)
      if (!socket.destroyed) socket.write(disconnectPacket)
      socket.destroy()
      resolve(answer)
    }
    const unknown = (because: string) => settle({ kind: 'unknown', because: `broker ${address}: ${because}` })
    const limit = setTimeout(
      () => (asked ? settle({ kind: 'unanswered' }) : unknown('no answer in time')),
      timeoutMs,
    )
    socket.on('connect', () => socket.write(connectPacket({ user, password, keepAliveSeconds: 60 })))
    socket.on('error', error => unknown(error.message))
    socket.on('end', () => unknown('closed the connection'))
    socket.on('data', chunk => {
      const taken = takePackets(Buffer.concat([stream, chunk]))
      if (taken === undefined) return unknown('answers something that is not MQTT')
      stream = taken.rest
      for (const { type, body } of taken.packets) {
        if (type === connackType) {
          if (body[1] !== 0) return unknown(`refuses the login (code ${body[1] ?? 'none'})`)
          socket.write(subscribePacket(answerTopic))
        } else if (type === subackType) {
          if (body[2] === 0x80) return unknown(`refuses to tell about ${answerTopic}`)
          asked = true
          socket.write(
            publishPacket(`${baseTopic}/bridge/request/coordinator_check`, JSON.stringify({ transaction })),
          )
        } else if (type === publishType) {
          const answer = readAnswer(readPublish(body)?.payload ?? '', transaction)
          if (answer !== undefined) return settle(answer)
        }
      }
    })
  })
}

/** Zigbee2MQTT's answer to this very request; others ask as well. */
export function readAnswer(payload: string, transaction: string): CheckAnswer | undefined {
  const json = parseJson(payload)
  if (stringAt(json, 'transaction') !== transaction) return undefined
  if (stringAt(json, 'status') === 'ok') return { kind: 'alive' }
  const text = oneLine(stringAt(json, 'error') ?? 'no reason given', 80)
  // zigbee-herdsman's own words for a request to the radio that was not answered.
  if (/after \d+ ?ms|timed? ?out/i.test(text)) return { kind: 'radio-silent', text }
  return { kind: 'unknown', because: `Zigbee2MQTT cannot check its coordinator: ${text}` }
}
