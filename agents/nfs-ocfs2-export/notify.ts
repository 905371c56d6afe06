import { endProcess } from '../../lib/host/end-process.ts'
import { processStartTime } from '../../lib/host/processes.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import type { Settings } from './parameters.ts'
import { readRecord, remember } from './record.ts'

/**
 * Clients of NFSv3 believe the news of a restart only when it comes from the address they mounted, and that
 * comes after the export. So a child waits for it beside, at most for the grace, in which alone they may
 * reclaim. tickle_tcp of Debian's resource-agents makes clients ask again at once. Arguments: address,
 * folder of sm-notify, file of connections, seconds. It leads a session, and ends it when it is done.
 */
export const notifyScript = [
  'address=$1; folder=$2; connections=$3; seconds=$4',
  'present() { [ -z "$(ip -o address show to "$address")" ] || echo "here $address/"; }',
  'wake() {',
  '  for tickle in /usr/lib/heartbeat/tickle_tcp /usr/libexec/heartbeat/tickle_tcp; do',
  '    [ ! -x "$tickle" ] || [ ! -s "$connections" ] || "$tickle" -n 2 < "$connections"',
  '  done',
  '}',
  // It may be there already, or come unseen before the first event: so one look, when start is done with its work.
  '{ timeout --foreground "$seconds" ip -o monitor address & sleep 1; present; wait; } | while read -r line; do',
  '  case $line in Deleted*) continue ;; *" $address/"*) ;; *) continue ;; esac',
  // A client answers to the last server until IPaddr2 has told it whose the address is now, and it answers once in
  // half a second only (Linux, tcp_invalid_ratelimit): a word too early is one lost, and so is the next one.
  '  sleep 0.1; wake; setsid sm-notify -f -v "$address" -P "$folder"',
  '  for round in 1 2 3 4; do sleep 0.6; wake; done',
  '  kill -KILL 0',
  'done',
].join('\n')

/** What a started server says of the child that runs {@link notifyScript}. */
export function rememberNotifier(action: Action<Settings>, pid: number): void {
  const startTime = pid > 1 ? processStartTime(pid) : undefined
  if (startTime !== undefined) remember(action.recorded, { notifier: { pid, startTime } })
}

export async function endNotifier(action: Action<Settings>): Promise<void> {
  const notifier = readRecord(action.recorded)?.notifier
  if (notifier !== undefined) await endProcess(notifier, { graceMs: 0 })
}
