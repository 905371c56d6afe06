/** The part of ASN.1's Basic Encoding Rules (X.690) that SNMP uses. */
export const Tag = {
  integer: 0x02,
  octets: 0x04,
  nothing: 0x05,
  oid: 0x06,
  sequence: 0x30,
  noSuchObject: 0x80,
  noSuchInstance: 0x81,
  endOfMibView: 0x82,
} as const

/** One decoded element; what is inside stays bytes until it is asked for. */
export interface Element {
  readonly tag: number
  readonly content: Buffer
}

/** Bytes that are not what SNMP says they should be. */
export class BerError extends Error {}

/** An element of any kind from its parts. */
export function element(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content])
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...bytes]), content])
}

export function sequence(...parts: readonly Buffer[]): Buffer {
  return element(Tag.sequence, ...parts)
}

export function octets(content: Buffer | string): Buffer {
  return element(Tag.octets, Buffer.from(content))
}

/** A signed integer of up to 32 bits in the fewest bytes. */
export function integer(value: number): Buffer {
  const wide = Buffer.alloc(5)
  wide.writeIntBE(value, 0, 5)
  let start = 0
  while (start < 4 && isRedundant(wide[start], wide[start + 1])) start += 1
  return element(Tag.integer, wide.subarray(start))
}

function isRedundant(first: number | undefined, next: number | undefined): boolean {
  const negative = ((next ?? 0) & 0x80) !== 0
  return first === (negative ? 0xff : 0x00)
}

/** An object identifier from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes: number[] = []
  for (const part of [first * 40 + second, ...rest]) {
    const groups = [part % 128]
    for (let more = Math.floor(part / 128); more > 0; more = Math.floor(more / 128))
      groups.unshift((more % 128) + 128)
    bytes.push(...groups)
  }
  return element(Tag.oid, Buffer.from(bytes))
}

/** The elements that stand one after the other in some bytes. @throws BerError when they do not fill them */
export function elements(bytes: Buffer): readonly Element[] {
  const found: Element[] = []
  for (let at = 0; at < bytes.length; ) {
    const tag = byteAt(bytes, at)
    let length = byteAt(bytes, at + 1)
    let start = at + 2
    if (length > 0x80) {
      const size = length - 0x80
      if (size > 4 || start + size > bytes.length) throw new BerError('impossible length')
      length = bytes.readUIntBE(start, size)
      start += size
    } else if (length === 0x80) throw new BerError('indefinite length')
    if (start + length > bytes.length) throw new BerError('cut off')
    found.push({ tag, content: bytes.subarray(start, start + length) })
    at = start + length
  }
  return found
}

/** The one element that some bytes begin with, however they go on (padding after decryption). */
export function firstElement(bytes: Buffer): Element {
  const size = byteAt(bytes, 1)
  const header = size > 0x80 ? 2 + size - 0x80 : 2
  const length = size > 0x80 ? bytes.readUIntBE(2, Math.min(4, size - 0x80)) : size
  const [found] = elements(bytes.subarray(0, header + length))
  if (found === undefined) throw new BerError('empty')
  return found
}

/** The elements inside a constructed one, checked for their number. */
export function inside(outer: Element | undefined, least: number): readonly Element[] {
  const found = outer === undefined ? [] : elements(outer.content)
  if (found.length < least) throw new BerError('fewer elements than expected')
  return found
}

/** Signed or unsigned number of an INTEGER, Counter, Gauge or TimeTicks; beyond 2^53 it loses precision. */
export function numberOf(source: Element | undefined): number {
  if (source === undefined || source.content.length === 0 || source.content.length > 9)
    throw new BerError('no number')
  let value = 0
  for (const byte of source.content) value = value * 256 + byte
  const negative = source.tag === Tag.integer && (byteAt(source.content, 0) & 0x80) !== 0
  return negative ? value - 256 ** source.content.length : value
}

export function dottedOf(source: Element | undefined): string {
  if (source?.tag !== Tag.oid) throw new BerError('no object identifier')
  const parts: number[] = []
  let part = 0
  for (const byte of source.content) {
    part = part * 128 + (byte & 0x7f)
    if ((byte & 0x80) !== 0) continue
    parts.push(part)
    part = 0
  }
  const [first = 0, ...rest] = parts
  const top = Math.min(2, Math.floor(first / 40))
  return [top, first - top * 40, ...rest].join('.')
}

function byteAt(bytes: Buffer, index: number): number {
  const byte = bytes[index]
  if (byte === undefined) throw new BerError('cut off')
  return byte
}
