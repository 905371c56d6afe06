import { endProcess } from '../../lib/host/end-process.ts'
import { processStartTime } from '../../lib/host/processes.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import type { Settings } from './parameters.ts'
import { readRecord, saveRecord } from './record.ts'

const startMs = 10_000

/**
 * Clients of NFSv3 believe the news of a restart only when it comes from the address they mounted, and that
 * comes after the export. So a child waits for it beside, at most for the grace, in which alone they may
 * reclaim.
 */
const waitScript = [
  'address=$1; folder=$2; seconds=$3',
  '(while [ "$seconds" -gt 0 ]; do',
  '  [ -z "$(ip -o address show to "$address")" ] || exec sm-notify -f -v "$address" -P "$folder"',
  '  seconds=$((seconds - 1)); sleep 1',
  'done) < /dev/null > /dev/null 2>&1 &',
  'echo $!',
].join('\n')

export async function startNotifier(action: Action<Settings>, folder: string): Promise<void> {
  const { serviceAddress, graceMs } = action.settings
  const record = readRecord(action.recorded)
  if (serviceAddress === undefined || record === undefined) return
  const args = ['-c', waitScript, 'sh', serviceAddress, folder, String(Math.ceil(graceMs / 1000))]
  const result = await action.work.command('start of sm-notify', '/bin/sh', args, { timeoutMs: startMs })
  const pid = Number(result.stdout.trim())
  const startTime = pid > 1 ? processStartTime(pid) : undefined
  if (startTime !== undefined) saveRecord(action.recorded, { ...record, notifier: { pid, startTime } })
}

export async function endNotifier(action: Action<Settings>): Promise<void> {
  const notifier = readRecord(action.recorded)?.notifier
  if (notifier !== undefined) await endProcess(notifier, { graceMs: 0 })
}
