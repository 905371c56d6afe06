import { readdirSync, readFileSync } from 'node:fs'

/** A process as it can be recorded and recognised later: a pid alone is given to others in time. */
export interface RecordedProcess {
  readonly pid: number
  /** In clock ticks since boot, as {@link processStartTime} tells it. */
  readonly startTime: number
}

/** What /proc/PID/stat says (proc(5)). */
export interface ProcessStat extends RecordedProcess {
  /** One letter: R, S, D (uninterruptible sleep), T, Z (dead, not yet collected), X. */
  readonly state: string
  readonly parent: number
  readonly group: number
  readonly session: number
}

/** Ticks per second of the times in /proc; a constant of the kernel's interface on every Linux of today. */
const ticksPerSecond = 100

/** The fields of one line of /proc/PID/stat; undefined when it is not such a line. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  // The program's name stands in parentheses and may itself hold spaces and parentheses.
  const afterName = text.lastIndexOf(') ')
  const pid = Number.parseInt(text, 10)
  if (afterName < 0 || !(pid > 0)) return undefined
  const [state = '', parent, group, session, ...rest] = text.slice(afterName + 2).split(' ')
  const startTime = Number(rest[15])
  if (state.length !== 1 || state.toLowerCase() === state.toUpperCase() || Number.isNaN(startTime))
    return undefined
  return { pid, state, parent: Number(parent), group: Number(group), session: Number(session), startTime }
}

/** Looks at a process; undefined when there is none of that pid. Never blocks: it asks for no memory map. */
export function processStat(pid: number): ProcessStat | undefined {
  return readStat(`/proc/${pid}/stat`)
}

function readStat(file: string): ProcessStat | undefined {
  return parseProcessStat(kernelText(file))
}

/** A file of /proc or of the cgroup filesystem; empty when it is not there, or went while it was read. */
export function kernelText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** When a process started, in clock ticks since boot; undefined when there is none of that pid. */
export function processStartTime(pid: number): number | undefined {
  return processStat(pid)?.startTime
}

/**
 * The state letter of a process, undefined when there is none of that pid. A process whose first thread
 * has ended looks dead (Z) while other threads live on, perhaps in uninterruptible sleep: then theirs
 * is told.
 */
export function processState(pid: number): string | undefined {
  const state = processStat(pid)?.state
  if (state !== 'Z') return state
  let living: string | undefined
  for (const thread of numericEntries(`/proc/${pid}/task`)) {
    const own = readStat(`/proc/${pid}/task/${thread}/stat`)?.state
    if (own === 'D') return own
    if (own !== undefined && own !== 'Z' && own !== 'X') living = own
  }
  return living ?? state
}

/** Whether the recorded process itself, not a later one of its pid, is alive. A zombie is not. */
export function isSameProcess(recorded: RecordedProcess): boolean {
  if (processStartTime(recorded.pid) !== recorded.startTime) return false
  const state = processState(recorded.pid)
  return state !== undefined && state !== 'Z' && state !== 'X'
}

/** Every process of this machine (of this pid namespace). */
export function allProcesses(): readonly ProcessStat[] {
  const found: ProcessStat[] = []
  for (const pid of processIds()) {
    const stat = processStat(pid)
    if (stat !== undefined) found.push(stat)
  }
  return found
}

/** The pid of every process of this pid namespace. */
export function processIds(): readonly number[] {
  return numericEntries('/proc')
}

function numericEntries(directory: string): readonly number[] {
  try {
    return readdirSync(directory).map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

/** How long this machine has been up, suspended time included. */
export function uptimeMs(): number {
  return Math.round(Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1000)
}

/**
 * How long ago this process was started by its caller, to 10 ms. Under load that is seconds before
 * the first line of the agent runs, and the caller's time-out counts from there.
 */
export function ownStartAgoMs(): number {
  const sinceNode = process.uptime() * 1000
  const started = processStartTime(process.pid)
  if (started === undefined) return sinceNode
  // In a container /proc/uptime may be the container's own, and the difference then means nothing.
  return Math.max(sinceNode, uptimeMs() - (started * 1000) / ticksPerSecond)
}
