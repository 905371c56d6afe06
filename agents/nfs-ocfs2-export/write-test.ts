import { isSameProcess, processStartTime, type RecordedProcess } from '../../lib/host/processes.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { recordFolders } from './client-records.ts'
import { clientConnections } from './connections.ts'
import type { Settings } from './parameters.ts'
import type { Latencies } from './record.ts'

export type WriteAnswer =
  | { readonly kind: 'ok'; readonly latencies: Latencies }
  | { readonly kind: 'hung'; readonly child: RecordedProcess | undefined }
  | { readonly kind: 'failed'; readonly text: string }

/** Nanoseconds before, between and after are printed; dd tells an error of the device by its exit code. */
const script = [
  'b=$(date +%s%N)',
  'printf %s "$2" | dd of="$1" bs=4096 conv=fsync 2>&1 >/dev/null || exit 1',
  'm=$(date +%s%N)',
  '[ "$(cat "$1")" = "$2" ] || { echo "other data came back"; exit 1; }',
  'rm -f "$1"',
  '[ -z "$4" ] || { printf %s "$4" > "$3.new" && mv -f "$3.new" "$3"; }',
  'echo "times $b $m $(date +%s%N)"',
].join('\n')

/**
 * Writes, fsyncs and reads back a small file in the directory. A child in `/` does it and is never waited
 * for beyond the time limit: in D state it would outlive SIGKILL, and a second one is not sent after it.
 */
export async function testWrite(
  action: Action<Settings>,
  timeoutMs: number,
  stuck: RecordedProcess | undefined,
): Promise<WriteAnswer> {
  const { settings, invocation, run } = action
  if (stuck !== undefined && isSameProcess(stuck)) return { kind: 'hung', child: stuck }
  const node = (invocation.node ?? 'node').replace(/[^A-Za-z0-9_-]/g, '_')
  const file = `${settings.directory}/.haha-write-test.${invocation.instance}.${node}`
  const connections = connectionsToKeep(action)
  const token = `${process.pid}-${Math.random()}`
  const result = await run('/bin/sh', ['-c', script, 'sh', file, token, ...connections], {
    timeoutMs,
    detached: true,
  })
  if (result.timedOut) {
    const startTime = result.pid === undefined ? undefined : processStartTime(result.pid)
    const child =
      result.pid === undefined || startTime === undefined ? undefined : { pid: result.pid, startTime }
    return { kind: 'hung', child }
  }
  const latencies = latenciesOf(result.stdout)
  if (latencies !== undefined) return { kind: 'ok', latencies }
  const said = result.stdout
    .trim()
    .split('\n')
    .filter(line => !/records (?:in|out)/.test(line))
  return { kind: 'failed', text: said[0] ?? `code ${result.code ?? result.signal}` }
}

/** Beside the write: whom the next server has to wake when this node dies. File and content. */
function connectionsToKeep(action: Action<Settings>): readonly [string, string] {
  const { stateDirectory, serviceAddress } = action.settings
  if (stateDirectory === undefined || serviceAddress === undefined) return ['', '']
  return [recordFolders(stateDirectory).connections, clientConnections(serviceAddress)]
}

/** The line `times BEFORE BETWEEN AFTER`, in nanoseconds. */
export function latenciesOf(text: string): Latencies | undefined {
  const [, before, between, after] = /^times (\d+) (\d+) (\d+)$/m.exec(text) ?? []
  if (before === undefined || between === undefined || after === undefined) return undefined
  const ms = (from: string, to: string) => Math.max(0, Number((BigInt(to) - BigInt(from)) / 1_000_000n))
  return { writeMs: ms(before, between), readMs: ms(between, after) }
}
