import { readdirSync, readlinkSync } from 'node:fs'
import { monotonicMs, pause } from '../../lib/host/clock.ts'
import { type EndOutcome, endProcess } from '../../lib/host/end-process.ts'
import {
  isSameProcess,
  kernelText,
  processIds,
  processStartTime,
  type RecordedProcess,
} from '../../lib/host/processes.ts'

export interface Daemon extends RecordedProcess {
  readonly name: string
}

/** A running nfsdcld, which keeps the records by which clients of NFSv4 may reclaim after a restart. */
export interface RecordKeeper extends Daemon {
  /** The folder of its database; undefined when it has none open. */
  readonly folder: string | undefined
  /** nfsd speaks to it. Otherwise nfsd took another way of keeping records when it started. */
  readonly heard: boolean
}

const database = '/main.sqlite'
const pipe = '/nfsd/cld'

/** Asks no filesystem: a link of /proc is the name that the kernel has for an open file. */
export function recordKeepers(running: readonly Daemon[] = daemons('nfsdcld')): readonly RecordKeeper[] {
  return running
    .filter(({ name }) => name === 'nfsdcld')
    .map(found => ({ ...found, ...readLinks(openFiles(found.pid)) }))
}

/** Whether nfsd speaks to an nfsdcld that keeps its records in a folder. */
export function keepsRecordsIn(wanted: string): boolean {
  for (const { pid } of findDaemons(['nfsdcld'])) {
    const { folder, heard } = readLinks(openFiles(pid))
    if (heard && folder === wanted) return true
  }
  return false
}

/** What the names of its open files say about an nfsdcld. */
export function readLinks(links: readonly string[]): Pick<RecordKeeper, 'folder' | 'heard'> {
  const file = links.find(link => link.endsWith(database))
  return { folder: file?.slice(0, -database.length), heard: links.some(link => link.endsWith(pipe)) }
}

/** Processes of these names in this network namespace: a container's own server is none of ours. */
export function daemons(...names: readonly string[]): readonly Daemon[] {
  return [...findDaemons(names)]
}

/** The youngest first, which is mostly the one that was just started: a look at all takes long. */
function* findDaemons(names: readonly string[]): Generator<Daemon> {
  const own = linkOf('/proc/self/ns/net')
  for (const pid of [...processIds()].sort((one, other) => other - one)) {
    const name = kernelText(`/proc/${pid}/comm`).trim()
    if (!names.includes(name) || linkOf(`/proc/${pid}/ns/net`) !== own) continue
    const startTime = processStartTime(pid)
    if (startTime !== undefined) yield { name, pid, startTime }
  }
}

/** Where a process works: rpc.statd in the folder of its records. */
export function workingFolder({ pid }: RecordedProcess): string {
  return linkOf(`/proc/${pid}/cwd`)
}

const endMs = 2000
const lookMs = 10

/** Ends daemons at once, all beside each other: what a client waits for in a move. @returns who does not go */
export async function endDaemons(
  running: readonly Daemon[],
): Promise<readonly Extract<EndOutcome, { state: 'alive' }>[]> {
  for (const daemon of running.filter(isSameProcess)) {
    try {
      process.kill(daemon.pid, 'SIGTERM')
    } catch {
      // Gone between the look and the signal.
    }
  }
  const end = monotonicMs() + endMs
  while (running.some(isSameProcess) && monotonicMs() < end) await pause(lookMs)
  const ends = await Promise.all(running.filter(isSameProcess).map(left => endProcess(left, { graceMs: 0 })))
  return ends.flatMap(outcome => (outcome.state === 'alive' ? [outcome] : []))
}

function openFiles(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map(fd => linkOf(`/proc/${pid}/fd/${fd}`))
  } catch {
    return []
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
