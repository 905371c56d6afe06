import { readlinkSync } from 'node:fs'
import { findBinary } from '../../lib/host/command.ts'
import {
  allProcesses,
  isSameProcess,
  kernelText,
  type ProcessStat,
  processState,
  type RecordedProcess,
} from '../../lib/host/processes.ts'
import { type Address, readAddress } from './address.ts'

/** Where the program is, by its text alone; undefined when it is not installed. */
export function programPath(binary: string): string | undefined {
  if (!binary.includes('/')) return findBinary(binary)
  return process.env.OCF_TESTER_FAIL_HAVE_BINARY === '1' ? undefined : binary
}

/**
 * The words of a process's command line. None of one in uninterruptible sleep: the kernel reads them from
 * its memory, and whoever reads could be held up with it.
 */
export function commandWords(pid: number): readonly string[] {
  return processState(pid) === 'D' ? [] : kernelText(`/proc/${pid}/cmdline`).split('\0').slice(0, -1)
}

/** One variable of a process's environment. */
export function environmentOf(pid: number, name: string): string | undefined {
  if (processState(pid) === 'D') return undefined
  const entry = kernelText(`/proc/${pid}/environ`)
    .split('\0')
    .find(text => text.startsWith(`${name}=`))
  return entry?.slice(name.length + 1)
}

/** The user a process runs as. */
export function uidOf(pid: number): number | undefined {
  const uid = /^Uid:\s+(\d+)/m.exec(kernelText(`/proc/${pid}/status`))?.[1]
  return uid === undefined ? undefined : Number(uid)
}

/** The program file a process runs; of a script the interpreter. */
export function programOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '')
  } catch {
    return ''
  }
}

/** Whether a process runs this program: its file, a script of that name, or a part that Ollama ships with it. */
export function runsProgram(pid: number, path: string, words: readonly string[]): boolean {
  if (words[0] === path || words[1] === path) return true
  const file = programOf(pid)
  const prefix = path.replace(/\/(?:bin\/)?[^/]+$/, '')
  return file === path || file.startsWith(`${prefix}/lib/ollama/`)
}

/** The server that listens at an address, started by whomsoever, with this program. */
export function findServer(path: string, address: Address): RecordedProcess | undefined {
  return allProcesses().find(process => {
    const words = commandWords(process.pid)
    if (!words.includes('serve') || !runsProgram(process.pid, path, words)) return false
    const listens = readAddress(environmentOf(process.pid, 'OLLAMA_HOST') ?? '127.0.0.1')
    return listens?.port === address.port && isSameProcess(process)
  })
}

/** Everything alive in the session that a recorded leader began, without the leader itself. */
export function sessionOf(leader: RecordedProcess): readonly ProcessStat[] {
  return allProcesses().filter(
    other =>
      other.pid !== leader.pid &&
      other.session === leader.pid &&
      other.startTime >= leader.startTime &&
      isSameProcess(other),
  )
}

/** Everything alive that descends from a process. */
export function descendantsOf(main: RecordedProcess): readonly ProcessStat[] {
  const all = allProcesses()
  const found: ProcessStat[] = []
  const reached = new Set([main.pid])
  for (const parent of reached) {
    for (const child of all) {
      if (child.parent !== parent || reached.has(child.pid) || !isSameProcess(child)) continue
      reached.add(child.pid)
      found.push(child)
    }
  }
  return found
}

/** What is alive and should not be, for the operator. */
export function describeLeft(left: readonly RecordedProcess[]): string {
  const [first] = left
  if (first === undefined) return 'nothing'
  const stuck = left.find(({ pid }) => processState(pid) === 'D')
  if (stuck !== undefined) {
    const waits = kernelText(`/proc/${stuck.pid}/wchan`).trim()
    const where = waits === '' || waits === '0' ? '' : ` in ${waits}`
    return `runner pid ${stuck.pid} in D state, restart the machine: the GPU driver hangs${where}`
  }
  return `the server is gone, ${left.length === 1 ? 'runner' : 'runners'} pid ${left.map(({ pid }) => pid).join(', ')} left, holding memory of the GPU`
}
