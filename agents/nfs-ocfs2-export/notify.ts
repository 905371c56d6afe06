import { endProcess } from '../../lib/host/end-process.ts'
import { processStartTime } from '../../lib/host/processes.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import type { RecordFolders } from './client-records.ts'
import type { Settings } from './parameters.ts'
import { readRecord, remember } from './record.ts'

const startMs = 10_000

/**
 * Clients of NFSv3 believe the news of a restart only when it comes from the address they mounted, and that
 * comes after the export. So a child waits for it beside, at most for the grace, in which alone they may
 * reclaim. tickle_tcp of Debian's resource-agents makes clients ask again at once.
 */
const waitScript = [
  'address=$1; folder=$2; connections=$3; tries=$4',
  '(while [ "$tries" -gt 0 ]; do',
  '  if [ -n "$(ip -o address show to "$address")" ]; then',
  '    for tickle in /usr/lib/heartbeat/tickle_tcp /usr/libexec/heartbeat/tickle_tcp; do',
  '      [ ! -x "$tickle" ] || [ ! -s "$connections" ] || "$tickle" -n 3 < "$connections"',
  '    done',
  '    exec sm-notify -f -v "$address" -P "$folder"',
  '  fi',
  '  tries=$((tries - 1)); sleep 0.3',
  'done) < /dev/null > /dev/null 2>&1 &',
  'echo $!',
].join('\n')
const triesPerSecond = 3

export async function startNotifier(
  action: Action<Settings>,
  { notify, connections }: RecordFolders,
): Promise<void> {
  const { serviceAddress, graceMs } = action.settings
  const record = readRecord(action.recorded)
  if (serviceAddress === undefined || record === undefined) return
  const tries = String(Math.ceil((graceMs / 1000) * triesPerSecond))
  const args = ['-c', waitScript, 'sh', serviceAddress, notify, connections, tries]
  const result = await action.work.command('start of sm-notify', '/bin/sh', args, { timeoutMs: startMs })
  const pid = Number(result.stdout.trim())
  const startTime = pid > 1 ? processStartTime(pid) : undefined
  if (startTime !== undefined) remember(action.recorded, { notifier: { pid, startTime } })
}

export async function endNotifier(action: Action<Settings>): Promise<void> {
  const notifier = readRecord(action.recorded)?.notifier
  if (notifier !== undefined) await endProcess(notifier, { graceMs: 0 })
}
