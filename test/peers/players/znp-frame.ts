/** One frame of TI's Z-Stack monitor and test API, the serial protocol of Zigbee coordinators. */
export interface ZnpFrame {
  readonly type: number
  readonly subsystem: number
  readonly command: number
  readonly payload: Buffer
}

/** Kinds of frames: a request that wants a reply at once, one that does not, and that reply. */
export const SYNCHRONOUS = 0x20
export const ASYNCHRONOUS = 0x40
export const REPLY = 0x60

const START = 0xfe
/** Start byte, length, two command bytes, checksum. */
const OVERHEAD = 5

export function encodeFrame({ type, subsystem, command, payload }: ZnpFrame): Buffer {
  const body = Buffer.from([payload.length, type | subsystem, command, ...payload])
  const checksum = body.reduce((sum, byte) => sum ^ byte, 0)
  return Buffer.from([START, ...body, checksum])
}

/** Takes whole frames off the front of a stream of bytes; what is not a frame is skipped. */
export function decodeFrames(stream: Buffer): { frames: ZnpFrame[]; rest: Buffer } {
  const frames: ZnpFrame[] = []
  let rest = stream
  for (;;) {
    const start = rest.indexOf(START)
    if (start < 0) return { frames, rest: Buffer.alloc(0) }
    rest = rest.subarray(start)
    const length = rest[1]
    if (length === undefined || rest.length < length + OVERHEAD) return { frames, rest }
    const kind = rest.readUInt8(2)
    const payload = rest.subarray(4, 4 + length)
    frames.push({ type: kind & 0xe0, subsystem: kind & 0x1f, command: rest.readUInt8(3), payload })
    rest = rest.subarray(length + OVERHEAD)
  }
}
