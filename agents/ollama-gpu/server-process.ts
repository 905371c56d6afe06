import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs'
import { searchPath } from '../../lib/host/binary.ts'
import { gateDescriptor, gatedCommand } from '../../lib/host/command-gate.ts'
import { processStartTime, type RecordedProcess } from '../../lib/host/processes.ts'

/** Where the output of servers is kept. */
const logFolder = '/var/log/haha-ocf'

/** A log that has grown beyond this is put aside at the next start. */
const mostLogBytes = 10 * 1024 * 1024

export function logFile(instance: string): string {
  return `${logFolder}/ollama-${instance}.log`
}

/** What to run, and how. */
export interface ServerCommand {
  readonly binary: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly log: string
}

/**
 * Starts a daemon in a session of its own. It waits behind a gate until `record` has returned, so that
 * there is no server that nobody knows of, wherever the agent dies.
 */
export async function startDaemon(
  command: ServerCommand,
  record: (daemon: RecordedProcess) => void,
): Promise<RecordedProcess> {
  const { spawn } = await import('node:child_process')
  const output = openLog(command.log)
  const gated = gatedCommand('/', command.binary, command.args)
  const child = spawn(gated.binary, gated.args, {
    cwd: '/',
    env: { PATH: searchPath(), ...command.env },
    stdio: ['ignore', output, output, 'pipe'],
    detached: true,
  })
  closeSync(output)
  child.on('error', () => {})
  child.unref()
  const gate = child.stdio[gateDescriptor]
  const startTime = child.pid === undefined ? undefined : processStartTime(child.pid)
  if (
    child.pid === undefined ||
    startTime === undefined ||
    gate === null ||
    gate === undefined ||
    !('write' in gate)
  )
    throw new Error(`${command.binary} could not be started: the system refused`)
  const daemon = { pid: child.pid, startTime }
  gate.on('error', () => {})
  // Before the go-ahead: a gate that is closed without it leaves without having run anything.
  record(daemon)
  await new Promise<void>(resolve => gate.write('\n', () => resolve()))
  return daemon
}

function openLog(path: string): number {
  mkdirSync(logFolder, { recursive: true, mode: 0o750 })
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > mostLogBytes) renameSync(path, `${path}.1`)
  return openSync(path, 'a', 0o640)
}
