import { converse, type Place } from './conversation.ts'
import type { ProbeAnswer, ProbeOnce } from './probe.ts'

/** Who asks, where a broker writes every anonymous client into its log. */
export interface MqttLogin {
  readonly username: string
  readonly password: string
}

const disconnectPacket = Buffer.from('e000', 'hex')
const connackType = 0x20

/** Section 3.2.2.3 of the OASIS standard. */
const refusals: readonly string[] = [
  '',
  'the protocol version',
  'the client id',
  'for being unavailable',
  'the user name or password',
  'the client as not authorised',
]

/** Alive when the broker answers CONNACK, whatever its return code: a refusal is an answer, too. */
export const probeMqtt: ProbeOnce = (target, timeoutMs) => askBroker(target, timeoutMs)

/** {@link probeMqtt}, with a login if there is one; the answer says whether the broker refused. */
export function askBroker(place: Place, timeoutMs: number, login?: MqttLogin): Promise<ProbeAnswer> {
  return converse(place, timeoutMs, {
    hello: connectPacket(login),
    farewell: disconnectPacket,
    judge(received) {
      const [type, length = 2, , code] = received
      if (type !== connackType || length < 2 || length > 127)
        return { kind: 'failed', damped: false, reason: `${place.url} answered something that is not MQTT` }
      if (code === undefined) return undefined
      const seen = code === 0 ? 'accepts' : `refuses ${refusals[code] ?? 'with'} (code ${code})`
      return { kind: 'alive', seen }
    },
  })
}

/**
 * MQTT 3.1.1 CONNECT (section 3.1 of the OASIS standard): clean session, 10 s keep-alive, and an empty
 * client id, because brokers cut off an older client when a second one takes the same id.
 */
export function connectPacket(login?: MqttLogin): Buffer {
  const flags = login === undefined ? 0x02 : 0xc2
  const fields = login === undefined ? [''] : ['', login.username, login.password]
  const payload = fields.map(field => {
    const text = Buffer.from(field)
    return Buffer.concat([Buffer.from([text.length >> 8, text.length & 0xff]), text])
  })
  const body = Buffer.concat([Buffer.from('00044d515454', 'hex'), Buffer.from([4, flags, 0, 10]), ...payload])
  const length = body.length < 128 ? [body.length] : [(body.length & 0x7f) | 0x80, (body.length >> 7) & 0x7f]
  return Buffer.concat([Buffer.from([0x10, ...length]), body])
}
