/** Packets of MQTT 3.1.1 (OASIS standard) that a look, and a request by topics, need. */

export const connackType = 2
export const publishType = 3
export const subackType = 9

export interface MqttPacket {
  readonly type: number
  readonly body: Buffer
}

/** More than any answer of Zigbee2MQTT to a request. */
const mostBytes = 1024 * 1024

function packet(head: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const length: number[] = []
  let rest = body.length
  do {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
    rest >>= 7
  } while (rest > 0)
  return Buffer.concat([Buffer.from([head, ...length]), body])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])
}

/** Clean session, no client id: a fixed one would throw out the other nodes' connections. */
export function connectPacket({
  user,
  password,
  keepAliveSeconds,
}: {
  readonly user: string | undefined
  readonly password: string | undefined
  /** Up to 255. */
  readonly keepAliveSeconds: number
}): Buffer {
  const flags = 0x02 | (user === undefined ? 0 : 0x80) | (password === undefined ? 0 : 0x40)
  const login = [user, password].flatMap(part => (part === undefined ? [] : [text(part)]))
  return packet(0x10, text('MQTT'), Buffer.from([4, flags, 0, keepAliveSeconds]), text(''), ...login)
}

export function subscribePacket(topic: string): Buffer {
  return packet(0x82, Buffer.from([0, 1]), text(topic), Buffer.from([0]))
}

export function publishPacket(topic: string, payload: string): Buffer {
  return packet(0x30, text(topic), Buffer.from(payload))
}

export const disconnectPacket = Buffer.from([0xe0, 0])

/** Takes whole packets off the front of a stream; undefined when it is not MQTT. */
export function takePackets(
  stream: Buffer,
): { readonly packets: readonly MqttPacket[]; readonly rest: Buffer } | undefined {
  const packets: MqttPacket[] = []
  let rest = stream
  for (;;) {
    let length = 0
    let at = 1
    let more = true
    for (; more && at <= 4; at += 1) {
      const byte = rest[at]
      if (byte === undefined) return { packets, rest }
      length |= (byte & 0x7f) << (7 * (at - 1))
      more = byte >= 0x80
    }
    if (more || length > mostBytes) return undefined
    if (rest.length < at + length) return { packets, rest }
    packets.push({ type: (rest[0] ?? 0) >> 4, body: rest.subarray(at, at + length) })
    rest = rest.subarray(at + length)
  }
}

/** Topic and payload of a PUBLISH of quality of service 0. */
export function readPublish(body: Buffer): { readonly topic: string; readonly payload: string } | undefined {
  if (body.length < 2) return undefined
  const end = 2 + body.readUInt16BE(0)
  if (body.length < end) return undefined
  return { topic: body.toString('utf8', 2, end), payload: body.toString('utf8', end) }
}
