const slice: unknown = Reflect.get(Buffer.prototype, 'latin1Slice')

/**
 * Bytes as text, one character for each. By what lies under `toString`, where node has it: a monitor would
 * have to compile that first.
 */
export function latin1(bytes: Buffer, from = 0, to = bytes.length): string {
  const text: unknown = typeof slice === 'function' ? Reflect.apply(slice, bytes, [from, to]) : undefined
  return typeof text === 'string' ? text : bytes.toString('latin1', from, to)
}

/** What the bytes of such a text say as UTF-8. */
export function utf8OfLatin1(text: string): string {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text, 'latin1').toString('utf8')
}
