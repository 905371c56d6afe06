/** A message of ESPHome's native API: its number and its protocol buffer. */
export interface EsphomeMessage {
  readonly type: number
  readonly body: Buffer
}

/** What stands at an offset of the bytes received: a frame and where the next begins, or none that is whole. */
export type Framed<Content> =
  | { readonly kind: 'frame'; readonly content: Content; readonly end: number }
  | { readonly kind: 'partial' }
  | { readonly kind: 'broken' }

/** No message that answers our questions is longer; a longer one is taken for nonsense. */
const mostFrameBytes = 8192

export const plainIndicator = 0x00
export const noiseIndicator = 0x01

/** `00`, length and type as varints, then the body. */
export function plainFrame({ type, body }: EsphomeMessage): Buffer {
  return Buffer.concat([Buffer.from([plainIndicator, ...varint(body.length), ...varint(type)]), body])
}

export function readPlainFrame(received: Buffer, at: number): Framed<EsphomeMessage> {
  const indicator = received[at]
  if (indicator === undefined) return { kind: 'partial' }
  if (indicator !== plainIndicator) return { kind: 'broken' }
  const length = readVarint(received, at + 1)
  if (length.kind !== 'frame') return length
  if (length.content > mostFrameBytes) return { kind: 'broken' }
  const type = readVarint(received, length.end)
  if (type.kind !== 'frame') return type
  const end = type.end + length.content
  if (end > received.length) return { kind: 'partial' }
  return { kind: 'frame', content: { type: type.content, body: received.subarray(type.end, end) }, end }
}

/** `01` and the length in two bytes, then the content. */
export function noiseFrame(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([noiseIndicator, content.length >> 8, content.length & 0xff]), content])
}

export function readNoiseFrame(received: Buffer, at: number): Framed<Buffer> {
  const indicator = received[at]
  if (indicator === undefined) return { kind: 'partial' }
  if (indicator !== noiseIndicator) return { kind: 'broken' }
  if (received.length < at + 3) return { kind: 'partial' }
  const length = received.readUInt16BE(at + 1)
  if (length > mostFrameBytes) return { kind: 'broken' }
  const end = at + 3 + length
  if (end > received.length) return { kind: 'partial' }
  return { kind: 'frame', content: received.subarray(at + 3, end), end }
}

/** What is sealed into a Noise frame: type and length in two bytes each, then the body. */
export function sealedContent({ type, body }: EsphomeMessage): Buffer {
  return Buffer.concat([Buffer.from([type >> 8, type & 0xff, body.length >> 8, body.length & 0xff]), body])
}

/** Undefined when the lengths disagree. */
export function readSealedContent(content: Buffer): EsphomeMessage | undefined {
  if (content.length < 4 || content.readUInt16BE(2) !== content.length - 4) return undefined
  return { type: content.readUInt16BE(0), body: content.subarray(4) }
}

/** Field numbers with their values: texts as bytes, numbers as numbers. The last of a repeated field counts. */
export type Fields = ReadonlyMap<number, Buffer | number>

/** Reads a protocol buffer one level deep; undefined when it is none. */
export function readFields(body: Buffer): Fields | undefined {
  const fields = new Map<number, Buffer | number>()
  for (let at = 0; at < body.length; ) {
    const tag = readVarint(body, at)
    if (tag.kind !== 'frame') return undefined
    const wire = tag.content & 7
    const field = tag.content >>> 3
    if (wire === 0 || wire === 2) {
      const value = readVarint(body, tag.end)
      if (value.kind !== 'frame') return undefined
      at = value.end
      if (wire === 0) fields.set(field, value.content)
      else {
        at += value.content
        fields.set(field, body.subarray(value.end, at))
      }
    } else if (wire === 1 || wire === 5) at = tag.end + (wire === 1 ? 8 : 4)
    else return undefined
    if (at > body.length) return undefined
  }
  return fields
}

export function textField(field: number, text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(bytes.length)]), bytes])
}

export function numberField(field: number, value: number): Buffer {
  return Buffer.from([field << 3, ...varint(value)])
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  return [...bytes, rest]
}

/** Numbers of up to 64 bits are skipped over; what does not fit 32 of them is not kept exactly. */
function readVarint(bytes: Buffer, at: number): Framed<number> {
  let value = 0
  for (let index = 0; index < 10; index += 1) {
    const byte = bytes[at + index]
    if (byte === undefined) return { kind: 'partial' }
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { kind: 'frame', content: value, end: at + index + 1 }
  }
  return { kind: 'broken' }
}
