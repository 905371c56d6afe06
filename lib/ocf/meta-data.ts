import { writeSync } from 'node:fs'

/** Writes all of it, also to a pipe that takes only some at a time. */
export function writeFully(descriptor: number, text: string): void {
  let rest = Buffer.from(text, 'utf8')
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest))
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EAGAIN')) return
    }
  }
}
