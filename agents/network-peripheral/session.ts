import { sinceBootMs } from '../../lib/host/clock.ts'
import { CommandMissing, CommandNotStarted } from '../../lib/host/command.ts'
import type { RecordedProcess } from '../../lib/host/processes.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { oneLine } from '../../lib/ocf/exit-reason.ts'
import { judgeSession, type SessionVerdict, type SessionWatch } from './hang.ts'
import type { Settings } from './parameters.ts'
import { findPlace } from './session-place.ts'
import { readSockets, type SocketSample } from './socket-sample.ts'

/** What the record keeps of the connection. */
export interface SessionRecord {
  readonly process: RecordedProcess | undefined
  readonly watch: SessionWatch | undefined
}

export const noSession: SessionRecord = { process: undefined, watch: undefined }

/** What was seen of Zigbee2MQTT's connection to the coordinator. */
export interface SessionLook {
  readonly record: SessionRecord
  /** `none`: there is no connection. `absent`: Zigbee2MQTT is not known to run here. */
  readonly verdict: SessionVerdict | 'none' | 'absent' | 'unknown'
  /** Why it is unknown. */
  readonly because?: string
}

const listMs = 5000

/** Looks at the kernel's account of the connection; sends nothing. */
export async function lookAtSession(
  action: Action<Settings>,
  before: SessionRecord,
  addresses: Readonly<Record<string, string>>,
): Promise<SessionLook> {
  const { session } = action.settings
  const address = session === undefined ? undefined : addresses[session.host]
  if (session === undefined) return { record: before, verdict: 'absent' }
  if (address === undefined)
    return unknown(before, `session: ${session.host} was not resolved at start: write its address`)
  const place = await findPlace(action.settings, before.process)
  if (place.kind === 'unknown') return unknown(before, place.because)
  if (place.kind === 'elsewhere') return { record: { ...before, process: undefined }, verdict: 'absent' }
  const process = place.kind === 'process' ? place.process : undefined
  const listed = await listSockets(action, process, address, session.port)
  if (typeof listed === 'string') return unknown({ ...before, process }, listed)
  const sample = liveliest(listed)
  if (sample === undefined)
    return { record: { ...before, process }, verdict: process === undefined ? 'absent' : 'none' }
  const { watch, verdict } = judgeSession(before.watch, sample, sinceBootMs(), action.settings)
  return { record: { process, watch }, verdict }
}

function unknown(record: SessionRecord, because: string): SessionLook {
  return { record, verdict: 'unknown', because }
}

/** @returns the connections, or why they cannot be seen */
async function listSockets(
  { run }: Action<Settings>,
  process: RecordedProcess | undefined,
  address: string,
  port: number,
): Promise<readonly SocketSample[] | string> {
  const list = ['-Htnioe', 'state', 'established', 'dport', '=', `:${port}`]
  const [binary, args] =
    process === undefined
      ? (['ss', list] as const)
      : (['nsenter', ['--target', String(process.pid), '--net', 'ss', ...list]] as const)
  try {
    const { code, timedOut, stdout, stderr } = await run(binary, args, { timeoutMs: listMs })
    if (timedOut) return `${binary} gave no answer within ${listMs / 1000} s`
    if (code !== 0) return `${binary} ended with ${code ?? 'a signal'}: ${oneLine(stderr, 80)}`
    const list = readSockets(stdout, address, port)
    if (list.kind === 'samples') return list.samples
    return `ss prints something unknown (${oneLine(list.line, 60)}): is it iproute2 4.19 or newer?`
  } catch (cause) {
    if (cause instanceof CommandMissing || cause instanceof CommandNotStarted) return cause.message
    throw cause
  }
}

/** A dead connection can linger beside a new one: the one that heard something last counts. */
function liveliest(samples: readonly SocketSample[]): SocketSample | undefined {
  const silence = ({ silentMs }: SocketSample) => silentMs ?? Number.MAX_SAFE_INTEGER
  return [...samples].sort((one, other) => silence(one) - silence(other))[0]
}
