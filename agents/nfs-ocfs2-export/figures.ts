import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { monotonicMs } from '../../lib/host/clock.ts'
import { kernelText } from '../../lib/host/processes.ts'

/** What a device has done since boot, and when that was read. */
export interface IoCounters {
  readonly atMs: number
  readonly reads: number
  readonly writes: number
}

/** OCFS2's own account of waiting for locks of the cluster, over all locks it holds in memory. */
export interface LockWaits {
  readonly requests: number
  readonly failed: number
  /** Sum of all waits, and the longest one. */
  readonly totalMs: number
  readonly longestMs: number
  /** Locks that somebody waits for now. */
  readonly waiting: number
}

/** @param device `major:minor` */
export function ioCounters(device: string): IoCounters | undefined {
  return parseIoCounters(kernelText(`/sys/dev/block/${device}/stat`), monotonicMs())
}

/** Linux, Documentation/block/stat.rst: completed reads are its first number, completed writes its fifth. */
export function parseIoCounters(text: string, atMs: number): IoCounters | undefined {
  const [reads, , , , writes] = text.trim().split(/\s+/).map(Number)
  if (reads === undefined || writes === undefined || Number.isNaN(reads + writes)) return undefined
  return { atMs, reads, writes }
}

/** Completed per second between two looks; undefined when the machine was booted between them. */
export function perSecond(
  before: IoCounters | undefined,
  after: IoCounters | undefined,
): { readonly readsPerSecond: number; readonly writesPerSecond: number } | undefined {
  if (before === undefined || after === undefined) return undefined
  const seconds = (after.atMs - before.atMs) / 1000
  const reads = after.reads - before.reads
  const writes = after.writes - before.writes
  if (seconds <= 0 || reads < 0 || writes < 0) return undefined
  const rounded = (count: number) => Math.round((count / seconds) * 10) / 10
  return { readsPerSecond: rounded(reads), writesPerSecond: rounded(writes) }
}

const debugFolder = '/sys/kernel/debug/ocfs2'

/** A filesystem with millions of cached inodes lists as many locks: the first ones have to do. */
const longestState = 2 * 1024 * 1024

/** Kernel memory only; undefined where the filesystem is not OCFS2 of a cluster, or debugfs not mounted. */
export function lockWaits(device: string): LockWaits | undefined {
  const [major, minor] = device.split(':')
  const own = folders().find(uuid =>
    new RegExp(`Id: ${major},${minor}\\b`).test(kernelText(`${debugFolder}/${uuid}/fs_state`)),
  )
  return own === undefined ? undefined : parseLockingState(startOf(`${debugFolder}/${own}/locking_state`))
}

/**
 * Lines of tab-separated fields, version 4 (kernel, fs/ocfs2/dlmglue.c, ocfs2_dlm_seq_show): 10 of the lock,
 * 64 bytes of its value block, then 12 of its statistics by protected read and exclusive.
 */
export function parseLockingState(text: string): LockWaits | undefined {
  const sum = { requests: 0, failed: 0, totalMs: 0, longestMs: 0, waiting: 0 }
  let lines = 0
  for (const line of text.split('\n')) {
    const fields = line.split('\t')
    if (fields[0] !== '0x4' || fields.length < 86) continue
    const [readGets, writeGets, readFailed, writeFailed, readNs, writeNs, readUs, writeUs] = fields
      .slice(74, 82)
      .map(Number)
    if (writeUs === undefined || readUs === undefined) continue
    lines++
    sum.requests += (readGets ?? 0) + (writeGets ?? 0)
    sum.failed += (readFailed ?? 0) + (writeFailed ?? 0)
    sum.totalMs += ((readNs ?? 0) + (writeNs ?? 0)) / 1e6
    sum.longestMs = Math.max(sum.longestMs, readUs / 1000, writeUs / 1000)
    if (fields[85] !== '0') sum.waiting++
  }
  if (lines === 0) return undefined
  return { ...sum, totalMs: Math.round(sum.totalMs), longestMs: Math.round(sum.longestMs) }
}

function folders(): readonly string[] {
  try {
    return readdirSync(debugFolder)
  } catch {
    return []
  }
}

function startOf(path: string): string {
  const buffer = Buffer.alloc(longestState)
  let length = 0
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    for (;;) {
      const read = readSync(file, buffer, length, longestState - length, null)
      length += read
      if (read === 0 || length === longestState) break
    }
  } catch {
    // Gone with its mount.
  } finally {
    if (file !== undefined) closeSync(file)
  }
  return buffer.toString('latin1', 0, length)
}
