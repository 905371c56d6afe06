import type { RecordedProcess } from '../../lib/host/processes.ts'
import { itemsAt, numberAt, objectAt, stringAt } from '../../lib/ocf/json.ts'
import type { StateSection } from '../../lib/ocf/state-file.ts'

/** What the last write through the filesystem took, for metrics. */
export interface Latencies {
  readonly writeMs: number
  readonly readMs: number
}

/** What start left for later actions, which must find their own exports when the parameters have changed. */
export interface ExportRecord {
  readonly directory: string
  readonly clients: readonly string[]
  /** A child that hangs on the filesystem: no second one is sent after it. */
  readonly stuck: RecordedProcess | undefined
  readonly latencies: Latencies | undefined
}

/** Undefined before the first start on this node since it booted. */
export function readRecord(section: StateSection): ExportRecord | undefined {
  const json = section.read()
  const directory = stringAt(json, 'directory')
  if (directory === undefined) return undefined
  const stuck = objectAt(json, 'stuck')
  const pid = numberAt(stuck, 'pid')
  const startTime = numberAt(stuck, 'startTime')
  const latencies = objectAt(json, 'latencies')
  const writeMs = numberAt(latencies, 'writeMs')
  const readMs = numberAt(latencies, 'readMs')
  return {
    directory,
    clients: itemsAt(json, 'clients').filter(client => typeof client === 'string'),
    stuck: pid === undefined || startTime === undefined ? undefined : { pid, startTime },
    latencies: writeMs === undefined || readMs === undefined ? undefined : { writeMs, readMs },
  }
}

export function saveRecord(section: StateSection, record: ExportRecord): void {
  const { directory, clients, stuck, latencies } = record
  section.save({
    directory,
    clients,
    ...(stuck === undefined ? {} : { stuck: { ...stuck } }),
    ...(latencies === undefined ? {} : { latencies: { ...latencies } }),
  })
}
