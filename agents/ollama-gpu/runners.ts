import { readlinkSync } from 'node:fs'
import { kernelText, processState, type RecordedProcess } from '../../lib/host/processes.ts'
import { commandWords, descendantsOf } from './identity.ts'

/** A child of the server that holds a model. */
export interface Runner extends RecordedProcess {
  /** Where it answers its server; undefined when that is not known, or not on this node's loopback. */
  readonly port: number | undefined
}

/** The runners below a server's main process. */
export function runnersOf(main: RecordedProcess): readonly Runner[] {
  return descendantsOf(main).flatMap(({ pid, startTime }) => {
    const words = commandWords(pid)
    const port = Number(words[words.indexOf('--port') + 1])
    // One in uninterruptible sleep cannot be asked for its command line; nothing else here sleeps so.
    const isRunner = (words.includes('--port') && port > 0) || processState(pid) === 'D'
    return isRunner
      ? [{ pid, startTime, port: port > 0 && sharesNamespace(pid, 'net') ? port : undefined }]
      : []
  })
}

/** In a container, which has its own, neither ports nor paths are those of this node. */
export function sharesNamespace(pid: number, kind: 'net' | 'pid'): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`) === readlinkSync(`/proc/self/ns/${kind}`)
  } catch {
    return false
  }
}

/** Processor time used, in clock ticks: utime and stime of /proc/PID/stat (proc(5)). */
export function processorTicks(pid: number): number {
  const text = kernelText(`/proc/${pid}/stat`)
  const fields = text.slice(text.lastIndexOf(') ') + 2).split(' ')
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
}
