import { closeSync, constants, existsSync, lstatSync, mkdirSync, openSync, readSync } from 'node:fs'
import { writeAtomically } from '../ocf/state-file.ts'

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
 * Reads what {@link keepCode} wrote. Undefined unless it is whole, of this program, and of nobody but
 * `owner`: what is in it is executed. The file holds everything twice, because newer builds of V8 run
 * damaged code without a check, and the digests of node:crypto would cost more than the code saves.
 *
 * @param owner uid
 */
export function readKeptCode(path: string, identity: KeptIdentity, owner: number): KeptCode | undefined {
  const bytes = ownBytes(path, owner)
  if (bytes === undefined || bytes.length % 2 !== 0) return undefined
  const half = bytes.subarray(0, bytes.length / 2)
  const codeEnd = half.length - identity.length - identity.digest.length
  if (codeEnd <= 0 || !half.equals(bytes.subarray(half.length))) return undefined
  if (half.toString('latin1', codeEnd + identity.length) !== identity.digest) return undefined
  return {
    source: half.toString('latin1', codeEnd, codeEnd + identity.length),
    code: half.subarray(0, codeEnd),
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
  const half = Buffer.concat([kept.code, Buffer.from(kept.source + identity.digest, 'latin1')])
  writeAtomically(path, Buffer.concat([half, half]))
}

function ownBytes(path: string, owner: number): Buffer | undefined {
  let file: number | undefined
  try {
    const stat = lstatSync(path)
    if (!stat.isFile() || stat.uid !== owner || (stat.mode & 0o022) !== 0) return undefined
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const bytes = Buffer.allocUnsafeSlow(stat.size)
    return readSync(file, bytes) === stat.size ? bytes : undefined
  } catch {
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
