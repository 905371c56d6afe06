import type { Action } from '../../lib/ocf/agent.ts'
import { type Json, numberAt, numbersOf, objectAt, stringAt, stringsOf } from '../../lib/ocf/json.ts'
import type { StateSection } from '../../lib/ocf/state-file.ts'
import type { Consensus } from './consensus.ts'
import type { SessionWatch } from './hang.ts'
import type { Settings } from './parameters.ts'
import type { SessionRecord } from './session.ts'

/** What this node remembers of the peripheral between two monitors. Times are since boot. */
export interface WatchRecord {
  /** Addresses by host, as start resolved them; an address stands for itself. */
  readonly addresses: Readonly<Record<string, string>>
  readonly consensus: Consensus
  /** What the attribute daemon has taken: attributes are written on change only. */
  readonly told: Readonly<Record<string, string>>
  readonly session: SessionRecord
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
    session: readSession(objectAt(json, 'session')),
  }
}

function readSession(json: Json | undefined): SessionRecord {
  const pid = numberAt(json, 'process', 'pid')
  const startTime = numberAt(json, 'process', 'startTime')
  return {
    process: pid === undefined || startTime === undefined ? undefined : { pid, startTime },
    watch: readWatch(objectAt(json, 'watch')),
  }
}

function readWatch(json: Json | undefined): SessionWatch | undefined {
  const id = stringAt(json, 'id')
  if (id === undefined) return undefined
  const count = (name: string) => numberAt(json, name) ?? 0
  return {
    id,
    sent: count('sent'),
    received: count('received'),
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

export function toJson(record: WatchRecord): Json {
  const { process, watch } = record.session
  return {
    ...record,
    consensus: { ...record.consensus },
    session: {
      ...(process === undefined ? {} : { process: { ...process } }),
      ...(watch === undefined ? {} : { watch: { ...watch } }),
    },
  }
}
