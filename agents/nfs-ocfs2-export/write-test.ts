import { allProcesses, kernelText } from '../../lib/host/processes.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { recordFolders } from './client-records.ts'
import { clientConnections } from './connections.ts'
import type { Settings } from './parameters.ts'
import type { Latencies } from './record.ts'

export type WriteAnswer =
  | { readonly kind: 'ok'; readonly latencies: Latencies }
  | { readonly kind: 'hung' }
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

/** Those of the script that touch the filesystem. */
const programs = new Set(['sh', 'dd', 'cat', 'rm', 'mv'])

/**
 * Writes, fsyncs and reads back a small file in the directory. A child in `/` does it and is never waited
 * for beyond the time limit: in D state it would outlive SIGKILL, and a second one is not sent after it.
 */
export async function testWrite(action: Action<Settings>, timeoutMs: number): Promise<WriteAnswer> {
  const { settings, invocation, run } = action
  const node = (invocation.node ?? 'node').replace(/[^A-Za-z0-9_-]/g, '_')
  const file = `${settings.directory}/.haha-write-test.${invocation.instance}.${node}`
  if (hangsOn(file)) return { kind: 'hung' }
  const connections = connectionsToKeep(action)
  const token = `${process.pid}-${Math.random()}`
  const result = await run('/bin/sh', ['-c', script, 'sh', file, token, ...connections], {
    timeoutMs,
    detached: true,
  })
  if (result.timedOut) return { kind: 'hung' }
  const latencies = latenciesOf(result.stdout)
  if (latencies !== undefined) return { kind: 'ok', latencies }
  const said = result.stdout
    .trim()
    .split('\n')
    .filter(line => !/records (?:in|out)/.test(line))
  return { kind: 'failed', text: said[0] ?? `code ${result.code ?? result.signal}` }
}

/**
 * Whether a child of an earlier monitor still hangs on the file. The shell dies of SIGKILL, and the program that it
 * waited for does not, so it is found by what it works on, and even when /run was too full to note anything.
 * Asking such a program for its arguments does not hang: it has one thread, and maps nothing of that filesystem.
 */
function hangsOn(file: string): boolean {
  return allProcesses().some(({ pid, state }) => {
    if (state !== 'D' || !programs.has(kernelText(`/proc/${pid}/comm`).trim())) return false
    return kernelText(`/proc/${pid}/cmdline`).includes(file)
  })
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
