import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { latin1 } from '../host/latin1.ts'
import { writeAtomically } from '../host/small-file.ts'

/** A program as node compiled it, kept so that the next run need not compile it again. */
export interface KeptCode {
  readonly source: string
  /** What V8 made of it; V8 itself refuses that of another build, and compiles the source. */
  readonly code: Buffer
}

/** Which program a file must hold. */
export interface KeptIdentity {
  /** ASCII: what the code was made from, and by which node. */
  readonly digest: string
  /** Length of the source, which is ASCII. */
  readonly length: number
}

/**
 * When the file says it was written last, in seconds since 1970: whoever writes to it later leaves another
 * time. Newer builds of V8 run damaged code without a check, and to look at every byte, or at a digest made
 * by node:crypto, would cost more than the code saves.
 */
const stampSeconds = 1

/**
 * Reads what {@link keepCode} wrote. Undefined unless it is whole, of this program, untouched since, and of
 * nobody but `owner`: what is in it is executed.
 *
 * @param owner uid
 */
export function readKeptCode(path: string, identity: KeptIdentity, owner: number): KeptCode | undefined {
  const whole = ownBytes(path, owner)
  if (whole === undefined) return undefined
  const codeEnd = whole.length - identity.length - identity.digest.length
  if (codeEnd <= 0) return undefined
  if (latin1(whole, codeEnd + identity.length) !== identity.digest) return undefined
  return {
    source: latin1(whole, codeEnd, codeEnd + identity.length),
    code: whole.subarray(0, codeEnd),
  }
}

/**
 * Replaces the file atomically, in a folder for `owner` alone; nothing is written into one of somebody else.
 * @throws Error when it cannot be written
 */
export function keepCode(path: string, identity: KeptIdentity, kept: KeptCode, owner: number): void {
  const folder = path.slice(0, path.lastIndexOf('/'))
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 })
  const { uid, mode } = lstatSync(folder)
  if (uid !== owner || (mode & 0o077) !== 0) return
  writeAtomically(path, Buffer.concat([kept.code, Buffer.from(kept.source + identity.digest, 'latin1')]))
  utimesSync(path, stampSeconds, stampSeconds)
}

function ownBytes(path: string, owner: number): Buffer | undefined {
  let file: number | undefined
  try {
    const { mode, uid, mtimeMs, size } = statSync(path)
    if ((mode & constants.S_IFMT) !== constants.S_IFREG || uid !== owner || (mode & 0o022) !== 0)
      return undefined
    if (mtimeMs !== stampSeconds * 1000) return undefined
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const bytes = Buffer.allocUnsafeSlow(size)
    return readSync(file, bytes) === size ? bytes : undefined
  } catch {
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
