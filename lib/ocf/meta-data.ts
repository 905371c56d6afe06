import { writeSync } from 'node:fs'
import { trailerOf } from '../bundle/trailer.ts'
import { ExitCode } from './exit-codes.ts'

/**
 * Answers the action meta-data, and ends the process; returns when the action is another. It needs
 * nothing of the environment, so a bundle asks it before its program is even unpacked.
 *
 * @param file the bundle
 */
export function answerMetaData(action: string, file: string): void {
  if (action !== 'meta-data') return
  writeFully(1, trailerOf(file).metadataXml)
  process.exit(ExitCode.success)
}

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
