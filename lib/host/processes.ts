import { readFileSync } from 'node:fs'

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessId {
  readonly pid: number
  /** Field 22 of /proc/PID/stat: clock ticks after boot. */
  readonly startTime: number
}

/** Linux reports times to user space in hundredths of a second on every architecture (man 5 proc). */
const ticksPerSecond = 100

interface Stat {
  /** R running, S sleeping, D uninterruptible, T stopped, Z zombie. */
  readonly state: string
  readonly processGroup: number
  readonly startTime: number
}

function readStat(pid: number | 'self'): Stat | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return undefined
  }
  // The name may hold spaces and parentheses; what follows the last one does not.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '?', processGroup: Number(fields[2]), startTime: Number(fields[19]) }
}

export function processStartTime(pid: number): number | undefined {
  return readStat(pid)?.startTime
}

/** One letter as in ps, undefined when there is no such process. */
export function processState(pid: number): string | undefined {
  return readStat(pid)?.state
}

/** Whether the process still lives; a zombie does not. */
export function isSameProcess(id: ProcessId): boolean {
  const stat = readStat(id.pid)
  return stat !== undefined && stat.startTime === id.startTime && stat.state !== 'Z' && stat.state !== 'X'
}

/** How long ago this process was started, in milliseconds; node's own start-up included. */
export function ownStartAgoMs(): number {
  const startTime = readStat('self')?.startTime
  if (startTime === undefined) return performance.now()
  const uptime = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0])
  return Math.max(0, uptime * 1000 - (startTime * 1000) / ticksPerSecond)
}

/**
 * Ends one process, and its whole group when it leads one: SIGTERM, then SIGKILL after `graceMs`.
 *
 * @returns `alive` when SIGKILL had no effect within two seconds: uninterruptible in the kernel
 */
export async function endProcess(
  id: ProcessId,
  options: { readonly graceMs: number },
): Promise<'gone' | 'alive'> {
  if (options.graceMs > 0) {
    signal(id, 'SIGTERM')
    if (await goneWithin(id, options.graceMs)) return 'gone'
  }
  signal(id, 'SIGKILL')
  return (await goneWithin(id, 2000)) ? 'gone' : 'alive'
}

function signal(id: ProcessId, name: 'SIGTERM' | 'SIGKILL'): void {
  const stat = readStat(id.pid)
  if (stat === undefined || stat.startTime !== id.startTime) return
  try {
    process.kill(stat.processGroup === id.pid ? -id.pid : id.pid, name)
  } catch {
    // It went in between.
  }
}

async function goneWithin(id: ProcessId, ms: number): Promise<boolean> {
  const end = performance.now() + ms
  while (isSameProcess(id)) {
    if (performance.now() >= end) return false
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return true
}
