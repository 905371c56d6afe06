import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { monotonicMs } from '../../lib/host/clock.ts'

/** How long this node waits for locks that another one holds. */
export interface LockWaits {
  /** Locks that somebody here waits for at this moment. */
  readonly waitedFor: number
  /** For how long the one that has been waited for longest. */
  readonly longestMs: number
  /** The longest wait that a lock still in memory has seen since it was made. */
  readonly worstMs: number
}

export const noWaits: LockWaits = { waitedFor: 0, longestMs: 0, worstMs: 0 }

const debugFolder = '/sys/kernel/debug/ocfs2'

/** A node that has touched many files keeps many locks; the newest come first. */
const budgetMs = 20

/** By the UUID of each filesystem that has locks, which a local one has not. Kernel memory only. */
export function readLockWaits(nowMs: number): ReadonlyMap<string, LockWaits> {
  const found = new Map<string, LockWaits>()
  for (const filesystem of namesIn(debugFolder)) {
    const waits = readFile(`${debugFolder}/${filesystem}/locking_state`, nowMs)
    if (waits !== undefined) found.set(filesystem, waits)
  }
  return found
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function readFile(path: string, nowMs: number): LockWaits | undefined {
  const until = monotonicMs() + budgetMs
  const chunk = Buffer.alloc(65_536)
  let waits = noWaits
  let rest = ''
  try {
    const file = openSync(path, 'r')
    try {
      for (;;) {
        const length = readSync(file, chunk)
        if (length === 0 || monotonicMs() > until) return waits
        const lines = (rest + chunk.toString('latin1', 0, length)).split('\n')
        rest = lines.pop() ?? ''
        waits = lines.reduce((sum, line) => withLock(sum, line, nowMs), waits)
      }
    } finally {
      closeSync(file)
    }
  } catch {
    return undefined
  }
}

/**
 * Adds one line of locking_state, version 3 or 4 (Linux, fs/ocfs2/dlmglue.c): ten fields of the lock, 64 of
 * its value block, then the counts. Times of requests are microseconds, the longest of shared and exclusive
 * ones; version 4 adds since when it is waited for, in microseconds since 1970, or 0.
 */
export function withLock(sum: LockWaits, line: string, nowMs: number): LockWaits {
  const fields = line.split('\t')
  const version = Number(fields[0])
  if (version !== 3 && version !== 4) return sum
  const number = (at: number) => Number(fields[at] ?? 0) || 0
  const worstMs = Math.max(sum.worstMs, number(80) / 1000, number(81) / 1000)
  const since = version === 4 ? number(85) / 1000 : 0
  if (since === 0) return { ...sum, worstMs }
  const longestMs = Math.max(sum.longestMs, nowMs - since)
  return { waitedFor: sum.waitedFor + 1, longestMs, worstMs }
}
