import type { ProbeAnswer } from '../../../lib/net/probe.ts'
import { oneLine } from '../../../lib/ocf/exit-reason.ts'
import { type EsphomeMessage, type Fields, numberField, readFields, textField } from './esphome-frames.ts'

/** Numbers of messages in ESPHome's api.proto. No other is ever sent: a subscription would be taken from its owner. */
export const messageTypes = {
  helloRequest: 1,
  helloResponse: 2,
  disconnectRequest: 5,
  deviceInfoRequest: 9,
  deviceInfoResponse: 10,
} as const

export const helloRequest: EsphomeMessage = {
  type: messageTypes.helloRequest,
  body: Buffer.concat([textField(1, 'network-peripheral'), numberField(2, 1), numberField(3, 10)]),
}
export const disconnectRequest: EsphomeMessage = {
  type: messageTypes.disconnectRequest,
  body: Buffer.alloc(0),
}
const deviceInfoRequest: EsphomeMessage = { type: messageTypes.deviceInfoRequest, body: Buffer.alloc(0) }

/** Who a device says it is; empty where it did not say. */
export interface EsphomeIdentity {
  readonly name: string
  /** 12 hexadecimal digits in lower case. */
  readonly mac: string
}

/** What to do after a message of the device: send one, end, or wait for the next. */
export type Step = EsphomeMessage | ProbeAnswer | undefined

/**
 * What is said once messages flow, encrypted or not: hello, then device information, which ESPHome gives
 * to anybody before a login. Answers about anything else are passed over.
 * @param expected the name or MAC address of the device that should be there; empty: whichever answers
 */
export function dialogue(where: string, expected: string): (message: EsphomeMessage) => Step {
  let said: number = messageTypes.helloRequest
  const failed = (what: string): ProbeAnswer => ({
    kind: 'failed',
    damped: false,
    reason: `${where} ${what}`,
  })
  return ({ type, body }) => {
    if (type === messageTypes.disconnectRequest)
      return failed('asks to be left alone: it has too many clients')
    if (type === messageTypes.helloResponse && said === messageTypes.helloRequest) {
      if (readFields(body) === undefined)
        return failed('answered with an ESPHome message that cannot be read')
      said = messageTypes.deviceInfoRequest
      return deviceInfoRequest
    }
    if (type !== messageTypes.deviceInfoResponse || said !== messageTypes.deviceInfoRequest) return undefined
    const fields = readFields(body)
    if (fields === undefined) return failed('answered with an ESPHome message that cannot be read')
    const identity = { name: text(fields, 2), mac: macDigits(text(fields, 3)) ?? '' }
    const wrong = wrongDevice(where, expected, identity)
    if (wrong !== undefined) return wrong
    return { kind: 'alive', seen: `${identity.name || 'a device'}, ESPHome ${text(fields, 4) || 'of old'}` }
  }
}

/** The failure to report when another device than the expected one answers; it may tell only a part of who it is. */
export function wrongDevice(
  where: string,
  expected: string,
  { name, mac }: EsphomeIdentity,
): ProbeAnswer | undefined {
  const wantedMac = macDigits(expected)
  const [told, wanted] =
    wantedMac === undefined ? [name.toLowerCase(), expected.toLowerCase()] : [mac, wantedMac]
  if (expected === '' || told === '' || told === wanted) return undefined
  const who = [name, mac].filter(part => part !== '').join(' ')
  return { kind: 'failed', damped: false, reason: `${where} is answered by another device: ${who}` }
}

/** The server's hello of an encrypted connection: chosen protocol, name, and from newer firmware the MAC address. */
export function readServerHello(content: Buffer): EsphomeIdentity | undefined {
  if (content[0] !== 1) return undefined
  const [name = '', mac = ''] = content.subarray(1).toString('utf8').split('\0')
  return { name: oneLine(name, 60), mac: macDigits(mac) ?? '' }
}

function text(fields: Fields, field: number): string {
  const value = fields.get(field)
  return typeof value === 'object' ? oneLine(value.toString('utf8'), 60) : ''
}

function macDigits(written: string): string | undefined {
  const digits = written.replace(/[:.-]/g, '').toLowerCase()
  return /^[0-9a-f]{12}$/.test(digits) ? digits : undefined
}
