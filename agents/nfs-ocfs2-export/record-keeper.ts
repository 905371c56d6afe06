import { readdirSync, readlinkSync } from 'node:fs'
import { kernelText, processIds, processStartTime, type RecordedProcess } from '../../lib/host/processes.ts'

/** A running nfsdcld, which keeps the records by which clients of NFSv4 may reclaim after a restart. */
export interface RecordKeeper extends RecordedProcess {
  /** The folder of its database; undefined when it has none open. */
  readonly folder: string | undefined
  /** nfsd speaks to it. Otherwise nfsd took another way of keeping records when it started. */
  readonly heard: boolean
}

const database = '/main.sqlite'
const pipe = '/nfsd/cld'

/** Asks no filesystem: a link of /proc is the name that the kernel has for an open file. */
export function recordKeepers(): readonly RecordKeeper[] {
  return daemons('nfsdcld').map(found => ({ ...found, ...readLinks(openFiles(found.pid)) }))
}

/** What the names of its open files say about an nfsdcld. */
export function readLinks(links: readonly string[]): Pick<RecordKeeper, 'folder' | 'heard'> {
  const file = links.find(link => link.endsWith(database))
  return { folder: file?.slice(0, -database.length), heard: links.some(link => link.endsWith(pipe)) }
}

/** Processes of a name in this network namespace: a container's own server is none of ours. */
export function daemons(name: string): readonly RecordedProcess[] {
  const own = linkOf('/proc/self/ns/net')
  return processIds().flatMap(pid => {
    if (kernelText(`/proc/${pid}/comm`).trim() !== name || linkOf(`/proc/${pid}/ns/net`) !== own) return []
    const startTime = processStartTime(pid)
    return startTime === undefined ? [] : [{ pid, startTime }]
  })
}

/** Where a process works: rpc.statd in the folder of its records. */
export function workingFolder({ pid }: RecordedProcess): string {
  return linkOf(`/proc/${pid}/cwd`)
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
