import { createReadStream, readdirSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'

/** A log that logrotate has put away: `.1`, `-20261122`, the same with `.gz`. */
export interface RotatedLog {
  readonly path: string
  /** When it was last written, in ms since 1970. */
  readonly writtenMs: number
  readonly bytes: number
}

/** Most compressed bytes that are read, a year of a quiet cluster: what is longer is read from its newest end. */
const mostBytes = 8 * 1024 * 1024
/** Longer lines are none that are looked for. */
const mostOfLine = 16 * 1024
const newLine = 0x0a

/** The rotated files of a log on a local disk, the newest first. */
export function rotatedLogs(log: string): readonly RotatedLog[] {
  const folder = dirname(log)
  return names(folder)
    .filter(
      name => name.startsWith(basename(log)) && /^[.-]\d+(\.gz)?$/.test(name.slice(basename(log).length)),
    )
    .flatMap(name => {
      const path = `${folder}/${name}`
      const found = statSync(path, { throwIfNoEntry: false })
      return found === undefined ? [] : [{ path, writtenMs: found.mtimeMs, bytes: found.size }]
    })
    .sort((one, other) => other.writtenMs - one.writtenMs)
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** What compressed logs tell. */
export interface Compressed {
  /** Lines with what was looked for. */
  readonly found: readonly string[]
  /** The oldest file that was read to its end, and its first line. */
  readonly oldest: { readonly line: string; readonly writtenMs: number } | undefined
}

/** @param logs the newest first; read until time or bytes are used up, so that no gap is in what was read */
export async function readCompressed(
  logs: readonly RotatedLog[],
  wanted: string,
  timeoutMs: number,
): Promise<Compressed> {
  const found: string[] = []
  let oldest: Compressed['oldest']
  let bytes = 0
  const timeUp = AbortSignal.timeout(timeoutMs)
  for (const { path, writtenMs, bytes: more } of logs) {
    bytes += more
    if (bytes > mostBytes) break
    const seen = await linesOf(path, wanted, timeUp).catch(() => undefined)
    if (seen === undefined) break
    for (const line of seen.found) found.push(line)
    oldest = { line: seen.first, writtenMs }
  }
  return { found, oldest }
}

/**
 * Only what is found becomes text: a year of logs as text would be garbage of a hundred megabytes.
 * @throws when it is cut off, or the time is up
 */
async function linesOf(path: string, wanted: string, timeUp: AbortSignal) {
  const found: string[] = []
  let first: string | undefined
  let open = ''
  const take = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      const begin = chunk.indexOf(newLine) + 1
      const end = chunk.lastIndexOf(newLine) + 1
      if (begin === 0) {
        open = `${open}${chunk.toString('latin1')}`.slice(0, mostOfLine)
        continue
      }
      const split = `${open}${chunk.toString('latin1', 0, begin - 1)}`
      first ??= split
      if (split.includes(wanted)) found.push(split)
      for (let at = chunk.indexOf(wanted, begin); at !== -1 && at < end; ) {
        const next = chunk.indexOf(newLine, at)
        found.push(chunk.toString('latin1', chunk.lastIndexOf(newLine, at) + 1, next))
        at = chunk.indexOf(wanted, next)
      }
      open = chunk.toString('latin1', end, end + mostOfLine)
    }
  }
  await pipeline(createReadStream(path), createGunzip(), take, { signal: timeUp })
  return { first: first ?? '', found }
}
