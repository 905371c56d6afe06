import { converse, type Place } from './conversation.ts'
import type { ProbeAnswer, ProbeOnce } from './probe.ts'

/** CONNECT of MQTT 3.1.1, in hexadecimal, because most monitors make no bytes of it: clean session, no client id, no login, 10 s keep-alive. */
const anonymousConnect = '100c00044d5154540402000a0000'
const disconnect = 'e000'
const connackHead = 0x20

/** Alive when the broker answers CONNACK, whatever its return code: a refusal is an answer, too. */
export const probeMqtt: ProbeOnce = (target, timeoutMs) =>
  askBroker(target, timeoutMs, Buffer.from(anonymousConnect, 'hex'), () => ({}))

/**
 * {@link probeMqtt} with a CONNECT of one's own.
 * @param tell what the return code of the broker's answer means, for the operator
 */
export function askBroker(
  place: Place,
  timeoutMs: number,
  connect: Buffer,
  tell: (code: number) => { readonly seen?: string; readonly doubt?: string },
): Promise<ProbeAnswer> {
  return converse(place, timeoutMs, {
    hello: connect,
    farewell: Buffer.from(disconnect, 'hex'),
    judge(received) {
      const [type, length = 2, , code] = received
      if (type !== connackHead || length < 2 || length > 127)
        return { kind: 'failed', damped: false, reason: `${place.url} answered something that is not MQTT` }
      return code === undefined ? undefined : { kind: 'alive', ...tell(code) }
    },
  })
}
