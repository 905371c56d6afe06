import type { RecordedProcess } from '../../lib/host/processes.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import {
  booleanAt,
  itemsAt,
  type Json,
  numberAt,
  numbersOf,
  objectAt,
  stringAt,
  stringsOf,
} from '../../lib/ocf/json.ts'
import type { StateSection } from '../../lib/ocf/state-file.ts'
import type { Consensus } from './consensus.ts'
import type { SessionWatch } from './hang.ts'
import type { LogRecord } from './log-witness.ts'
import type { Settings } from './parameters.ts'
import { type KnownRecovery, nothingKnown } from './recovery-state.ts'
import type { SessionRecord } from './session.ts'

/** What this node remembers of the peripheral between two monitors. Times are since boot. */
export interface WatchRecord {
  /** Addresses by host, as start resolved them; an address stands for itself. */
  readonly addresses: Readonly<Record<string, string>>
  readonly consensus: Consensus
  /** What the attribute daemon has taken: attributes are written on change only. */
  readonly told: Readonly<Record<string, string>>
  /** That daemon: what it was told is forgotten with it. Undefined where none was found. */
  readonly toldTo: RecordedProcess | undefined
  readonly session: SessionRecord
  readonly log: LogRecord
  /** The radio was found hung, and no byte has come since. */
  readonly hung: boolean
  readonly recovery: KnownRecovery
}

/** Undefined before the first start and after a stop. */
export function readRecord(section: StateSection): WatchRecord | undefined {
  const json = section.read()
  const consensus = objectAt(json, 'consensus')
  if (consensus === undefined) return undefined
  return {
    addresses: stringsOf(objectAt(json, 'addresses')),
    consensus: readConsensus(consensus),
    told: stringsOf(objectAt(json, 'told')),
    toldTo: readProcess(objectAt(json, 'toldTo')),
    session: readSession(objectAt(json, 'session')),
    log: readLog(objectAt(json, 'log')),
    hung: booleanAt(json, 'hung') ?? false,
    recovery: {
      text: stringAt(json, 'recovery', 'text') ?? nothingKnown.text,
      sinceMs: numberAt(json, 'recovery', 'sinceMs') ?? 0,
    },
  }
}

function readSession(json: Json | undefined): SessionRecord {
  return { process: readProcess(objectAt(json, 'process')), watch: readWatch(objectAt(json, 'watch')) }
}

function readLog(json: Json | undefined): LogRecord {
  return {
    position: {
      inode: numberAt(json, 'position', 'inode') ?? 0,
      offset: numberAt(json, 'position', 'offset') ?? 0,
    },
    child: readProcess(objectAt(json, 'child')),
    counts: itemsAt(json, 'counts').map(count => ({
      atMs: numberAt(count, 'atMs') ?? 0,
      lines: numberAt(count, 'lines') ?? 0,
    })),
  }
}

function readProcess(json: Json | undefined): RecordedProcess | undefined {
  const pid = numberAt(json, 'pid')
  const startTime = numberAt(json, 'startTime')
  return pid === undefined || startTime === undefined ? undefined : { pid, startTime }
}

function readWatch(json: Json | undefined): SessionWatch | undefined {
  const id = stringAt(json, 'id')
  if (id === undefined) return undefined
  const count = (name: string) => numberAt(json, name) ?? 0
  return {
    id,
    sent: count('sent'),
    received: count('received'),
    acked: count('acked'),
    pending: booleanAt(json, 'pending') ?? false,
    unanswered: count('unanswered'),
    unansweredAtMs: count('unansweredAtMs'),
    heardAtMs: count('heardAtMs'),
    seenAtMs: count('seenAtMs'),
  }
}

function readConsensus(json: Json): Consensus {
  const count = (name: string) => numberAt(json, name) ?? 0
  return {
    sequence: count('sequence'),
    failures: count('failures'),
    successes: count('successes'),
    advantage: count('advantage'),
    alone: count('alone'),
    published: numberAt(json, 'published') === 0 ? 0 : 1,
    seen: numbersOf(objectAt(json, 'seen')),
  }
}

/** Saves what a look found out; it is told, and the look goes on, where that cannot be written. */
export function rememberRecord({ recorded, report }: Action<Settings>, record: WatchRecord): void {
  const unwritten = recorded.trySave(toJson(record))
  if (unwritten !== undefined) report.warn(`what was seen is not remembered: ${unwritten}`)
}

export function toJson({ toldTo, ...record }: WatchRecord): Json {
  const { process, watch } = record.session
  const { position, child, counts } = record.log
  return {
    ...record,
    consensus: { ...record.consensus },
    recovery: { ...record.recovery },
    ...(toldTo === undefined ? {} : { toldTo: { ...toldTo } }),
    session: {
      ...(process === undefined ? {} : { process: { ...process } }),
      ...(watch === undefined ? {} : { watch: { ...watch } }),
    },
    log: {
      position: { ...position },
      ...(child === undefined ? {} : { child: { ...child } }),
      counts: counts.map(count => ({ ...count })),
    },
  }
}
