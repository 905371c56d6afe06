import { gateDescriptor, gatedCommand } from '../../../lib/host/command-gate.ts'
import { processStartTime, type RecordedProcess } from '../../../lib/host/processes.ts'
import { type Json, numberAt } from '../../../lib/ocf/json.ts'

/** What the service does: with the file `ignore-term` in its folder no SIGTERM ends it. */
const program =
  '[ ! -e "$1/ignore-term" ] || trap "" TERM; sleep "$2"; : > "$1/up"; while :; do sleep 3600; done'

/**
 * Starts the service in a session of its own, tied to nothing of the agent: it is on record before its
 * first instruction, and never runs should the agent die before.
 */
export async function launch(
  folder: string,
  delayMs: number,
  record: (service: RecordedProcess) => void,
): Promise<void> {
  const { spawn } = await import('node:child_process')
  const service = ['-c', program, 'recorded-service', folder, String(delayMs / 1000)]
  const { binary, args } = gatedCommand('/', '/bin/sh', service)
  const child = spawn(binary, args, {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const { pid } = child
  const gate = child.stdio[gateDescriptor]
  if (pid === undefined || gate === null || gate === undefined || !('write' in gate))
    throw new Error('the service could not be started')
  record({ pid, startTime: processStartTime(pid) ?? 0 })
  await new Promise<void>(resolve => gate.write('\n', () => resolve()))
  gate.destroy()
  child.unref()
}

/** The service that an earlier action recorded. */
export function recordedService(record: Json | undefined): RecordedProcess | undefined {
  const pid = numberAt(record, 'pid')
  const startTime = numberAt(record, 'startTime')
  return pid === undefined || startTime === undefined ? undefined : { pid, startTime }
}
