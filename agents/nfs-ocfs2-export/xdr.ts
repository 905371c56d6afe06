/** Writes the external data representation (RFC 4506): everything in units of four bytes, big-endian. */
export class XdrWriter {
  private readonly parts: Buffer[] = []

  uint(value: number): this {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    this.parts.push(bytes)
    return this
  }

  opaque(bytes: Uint8Array): this {
    this.uint(bytes.length)
    this.parts.push(Buffer.from(bytes), Buffer.alloc((4 - (bytes.length % 4)) % 4))
    return this
  }

  text(value: string): this {
    return this.opaque(Buffer.from(value, 'utf8'))
  }

  bytes(): Buffer {
    return Buffer.concat(this.parts)
  }
}

/** An answer that ends too early or claims more than it holds. */
export class XdrFault extends Error {
  constructor() {
    super('the answer is cut off or not of the protocol')
    this.name = 'XdrFault'
  }
}

/** Reads the same; every method throws {@link XdrFault} where the data does not go that far. */
export class XdrReader {
  private at = 0
  private readonly data: Buffer

  constructor(data: Buffer) {
    this.data = data
  }

  uint(): number {
    if (this.at + 4 > this.data.length) throw new XdrFault()
    const value = this.data.readUInt32BE(this.at)
    this.at += 4
    return value
  }

  opaque(most: number): Buffer {
    const length = this.uint()
    const padded = length + ((4 - (length % 4)) % 4)
    if (length > most || this.at + padded > this.data.length) throw new XdrFault()
    const bytes = this.data.subarray(this.at, this.at + length)
    this.at += padded
    return bytes
  }
}
