import { closeSync, constants, existsSync, lstatSync, mkdirSync, openSync, readSync } from 'node:fs'
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
 * Reads what {@link keepCode} wrote. Undefined unless it is whole, of this program, and of nobody but
 * `owner`: what is in it is executed. The file holds everything twice, because newer builds of V8 run
 * damaged code without a check, and the digests of node:crypto would cost more than the code saves.
 *
 * @param owner uid
 */
export function readKeptCode(path: string, identity: KeptIdentity, owner: number): KeptCode | undefined {
  const half = ownBytes(path, owner)
  if (half === undefined) return undefined
  const codeEnd = half.length - identity.length - identity.digest.length
  if (codeEnd <= 0) return undefined
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
    return readTwice(file, stat.size)
  } catch {
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** What stands in a file twice; undefined when the two differ. The second is read in parts: memory costs. */
function readTwice(file: number, size: number): Buffer | undefined {
  const once = Buffer.allocUnsafeSlow(Math.ceil(size / 2))
  if (readSync(file, once) !== once.length) return undefined
  const part = Buffer.allocUnsafeSlow(16 * 1024)
  let at = 0
  for (let count = 1; count > 0; at += count) {
    count = readSync(file, part)
    if (!part.subarray(0, count).equals(once.subarray(at, at + count))) return undefined
  }
  return at === once.length ? once : undefined
}
