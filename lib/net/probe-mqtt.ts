import { converse } from './conversation.ts'
import type { ProbeOnce } from './probe.ts'

/**
 * MQTT 3.1.1 CONNECT (section 3.1 of the OASIS standard): clean session, 10 s keep-alive, and an empty
 * client id, because brokers cut off an older client when a second one takes the same id.
 */
const connectPacket = Buffer.from('100c00044d5154540402000a0000', 'hex')
const disconnectPacket = Buffer.from('e000', 'hex')
const connackType = 0x20

/** Alive when the broker answers CONNACK, whatever its return code: a refusal is an answer, too. */
export const probeMqtt: ProbeOnce = (target, timeoutMs) =>
  converse(target, timeoutMs, {
    hello: connectPacket,
    farewell: disconnectPacket,
    judge(received) {
      const [type, length = 2] = received
      if (type !== connackType || length < 2 || length > 127)
        return { kind: 'failed', damped: false, reason: `${target.url} answered something that is not MQTT` }
      return received.length >= 4 ? { kind: 'alive' } : undefined
    },
  })
