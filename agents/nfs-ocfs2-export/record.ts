import type { RecordedProcess } from '../../lib/host/processes.ts'
import { itemsAt, type Json, numberAt, numbersOf, objectAt, stringAt } from '../../lib/ocf/json.ts'
import type { StateSection } from '../../lib/ocf/state-file.ts'
import type { IoCounters } from './figures.ts'

/** What the last write through the filesystem took, for metrics. */
export interface Latencies {
  readonly writeMs: number
  readonly readMs: number
}

/** What the last monitor of depth 20 found, for metrics: times and rates as their names say. */
export type Figures = Readonly<Record<string, number>>

/** What start left for later actions, which must find their own exports when the parameters have changed. */
export interface ExportRecord {
  readonly directory: string
  readonly clients: readonly string[]
  /** A child that hangs on the filesystem: no second one is sent after it. */
  readonly stuck: RecordedProcess | undefined
  readonly figures: Figures
  /** Of the device at that time. */
  readonly io: IoCounters | undefined
  /** Of clients to the floating address, as seen by the last monitor of depth 10. */
  readonly connections: string
  /** Since when the server gives no answer, in milliseconds since boot. */
  readonly silentSinceMs: number | undefined
  /** Waits for the floating address, to tell clients of NFSv3. */
  readonly notifier: RecordedProcess | undefined
}

/** Undefined before the first start on this node since it booted. */
export function readRecord(section: StateSection): ExportRecord | undefined {
  const json = section.read()
  const directory = stringAt(json, 'directory')
  if (directory === undefined) return undefined
  const io = objectAt(json, 'io')
  const atMs = numberAt(io, 'atMs')
  const reads = numberAt(io, 'reads')
  const writes = numberAt(io, 'writes')
  return {
    directory,
    clients: itemsAt(json, 'clients').filter(client => typeof client === 'string'),
    stuck: readProcess(objectAt(json, 'stuck')),
    figures: numbersOf(objectAt(json, 'figures')),
    io:
      atMs === undefined || reads === undefined || writes === undefined ? undefined : { atMs, reads, writes },
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
  const { directory, clients, stuck, figures, io, connections, silentSinceMs, notifier } = record
  section.save({
    directory,
    clients,
    ...(stuck === undefined ? {} : { stuck: { ...stuck } }),
    ...(notifier === undefined ? {} : { notifier: { ...notifier } }),
    figures: { ...figures },
    connections,
    ...(silentSinceMs === undefined ? {} : { silentSinceMs }),
    ...(io === undefined ? {} : { io: { ...io } }),
  })
}
