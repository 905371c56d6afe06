import type { RecordedProcess } from '../../lib/host/processes.ts'
import { at, itemsAt, type Json, numberAt, objectAt, stringAt } from '../../lib/ocf/json.ts'
import type { StateSection } from '../../lib/ocf/state-file.ts'
import type { DrbdVolume } from './drbd.ts'

/** What the last write through the filesystem took, for metrics. */
export interface Latencies {
  readonly writeMs: number
  readonly readMs: number
}

/** What start left for later actions, which must find their own exports when the parameters have changed. */
export interface ExportRecord {
  readonly directory: string
  readonly clients: readonly string[]
  readonly latencies: Latencies | undefined
  /** DRBD as it was last seen; read by metrics.ts alone. */
  readonly drbd: Json | undefined
  /** Of clients to the floating address, as seen by the last monitor of depth 10. */
  readonly connections: string
  /** Since when the server gives no answer, in milliseconds since boot. */
  readonly silentSinceMs: number | undefined
  /** Waits for the floating address, to tell clients of NFSv3. */
  readonly notifier: RecordedProcess | undefined
}

/** As it is when a start begins. */
export function newRecord(directory: string, clients: readonly string[]): ExportRecord {
  return {
    ...{ directory, clients, latencies: undefined },
    ...{ drbd: undefined, connections: '', silentSinceMs: undefined, notifier: undefined },
  }
}

/** Undefined before the first start on this node since it booted. */
export function readRecord(section: StateSection): ExportRecord | undefined {
  const json = section.read()
  const directory = stringAt(json, 'directory')
  if (directory === undefined) return undefined
  const latencies = objectAt(json, 'latencies')
  const writeMs = numberAt(latencies, 'writeMs')
  const readMs = numberAt(latencies, 'readMs')
  return {
    directory,
    clients: itemsAt(json, 'clients').filter(client => typeof client === 'string'),
    latencies: writeMs === undefined || readMs === undefined ? undefined : { writeMs, readMs },
    drbd: at(json, 'drbd'),
    connections: stringAt(json, 'connections') ?? '',
    silentSinceMs: numberAt(json, 'silentSinceMs'),
    notifier: readProcess(objectAt(json, 'notifier')),
  }
}

function readProcess(json: Json | undefined): RecordedProcess | undefined {
  const pid = numberAt(json, 'pid')
  const startTime = numberAt(json, 'startTime')
  return pid === undefined || startTime === undefined ? undefined : { pid, startTime }
}

export function saveRecord(section: StateSection, record: ExportRecord): void {
  section.save(toJson(record))
}

/** What a look learned, written only when it is new: a full /run must hide nothing of the look itself. */
export function remember(section: StateSection, learned: Partial<ExportRecord>): void {
  const record = readRecord(section)
  if (record === undefined) return
  const known = toJson(record)
  const next = toJson({ ...record, ...learned })
  if (JSON.stringify(next) !== JSON.stringify(known)) section.trySave(next)
}

/** DRBD as {@link remember} takes it. */
export function drbdRecord(volumes: readonly DrbdVolume[]): Json {
  return volumes.map(volume => ({ ...volume, peers: volume.peers.map(peer => ({ ...peer })) }))
}

function toJson(record: ExportRecord): Json {
  const { directory, clients, latencies, drbd, connections, silentSinceMs, notifier } = record
  return {
    directory,
    clients,
    ...(latencies === undefined ? {} : { latencies: { ...latencies } }),
    ...(drbd === undefined ? {} : { drbd }),
    connections,
    ...(silentSinceMs === undefined ? {} : { silentSinceMs }),
    ...(notifier === undefined ? {} : { notifier: { ...notifier } }),
  }
}
