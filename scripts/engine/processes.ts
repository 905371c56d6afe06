import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  readonly startTime: string
}

/** @returns undefined when there is no such process, or only its zombie */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = read(`/proc/${pid}/stat`)
  // The name in parentheses may itself hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const startTime = fields[19]
  if (startTime === undefined) return undefined
  // The first thread can be a zombie while others still die, with the process's sockets still open.
  return fields[0] === 'Z' && threads(pid) <= 1 ? undefined : { pid, startTime }
}

function threads(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length
  } catch {
    return 0
  }
}

export const isSameProcess = (known: ProcessIdentity): boolean =>
  identify(known.pid)?.startTime === known.startTime

export function ownIdentity(): ProcessIdentity {
  const own = identify(process.pid)
  if (!own) throw new Error('/proc shows no entry for this process: is /proc mounted?')
  return own
}

export function parseIdentity(value: unknown): ProcessIdentity | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const pid = 'pid' in value ? value.pid : undefined
  const startTime = 'startTime' in value ? value.startTime : undefined
  return typeof pid === 'number' && typeof startTime === 'string' ? { pid, startTime } : undefined
}

/** Every live process that `wanted` picks, zombies left out. */
export function findProcesses(wanted: (pid: number) => boolean): ProcessIdentity[] {
  return readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry))
    .map(Number)
    .filter(pid => pid !== process.pid && wanted(pid))
    .map(identify)
    .filter(found => found !== undefined)
}

export const commandLine = (pid: number): string[] => read(`/proc/${pid}/cmdline`).split('\0').slice(0, -1)

/** Paths of the control groups, one per hierarchy on cgroup v1. */
export const cgroupPaths = (pid: number): string[] =>
  read(`/proc/${pid}/cgroup`)
    .split('\n')
    .map(line => line.split(':').slice(2).join(':'))
    .filter(path => path !== '')

/** State letter of /proc/PID/stat: R, S, D, T, Z... */
export function processState(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`)
  return stat === '' ? undefined : stat.charAt(stat.lastIndexOf(')') + 2)
}

/** Identity of the network namespace a process lives in, such as `net:[4026531840]`. */
export function networkNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    return undefined
  }
}

export function signal(known: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isSameProcess(known)) return
  try {
    process.kill(known.pid, name)
  } catch {
    // Gone between the look and the signal: that is what the caller wants.
  }
}

/**
 * Kills what `find` finds, again and again, until it finds nothing: what forks while it is being killed
 * is found by the next look.
 *
 * @throws after `milliseconds`, naming what is still alive
 */
export async function killAll(find: () => readonly ProcessIdentity[], milliseconds = 10_000): Promise<void> {
  const end = Date.now() + milliseconds
  for (;;) {
    const alive = find()
    if (alive.length === 0) return
    if (Date.now() > end) {
      const names = alive.map(
        ({ pid }) => `${pid} (${processState(pid)}) ${commandLine(pid).join(' ').slice(0, 60)}`,
      )
      throw new Error(`still alive ${milliseconds} ms after SIGKILL: ${names.join(', ')}`)
    }
    for (const one of alive) signal(one, 'SIGKILL')
    await sleep(20)
  }
}

/** @returns true once the process is gone, false when it is still there after the time given */
export async function waitUntilGone(known: ProcessIdentity, milliseconds: number): Promise<boolean> {
  const end = Date.now() + milliseconds
  while (isSameProcess(known)) {
    if (Date.now() > end) return false
    await sleep(20)
  }
  return true
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
