import type { RecordedProcess } from '../../lib/host/processes.ts'
import { itemsAt, type Json, numberAt, objectAt, stringAt } from '../../lib/ocf/json.ts'
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
  /** Waits for the floating address, to tell clients of NFSv3. */
  readonly notifier: RecordedProcess | undefined
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
    stuck: readProcess(objectAt(json, 'stuck')),
    latencies: writeMs === undefined || readMs === undefined ? undefined : { writeMs, readMs },
    notifier: readProcess(objectAt(json, 'notifier')),
  }
}

function readProcess(json: Json | undefined): RecordedProcess | undefined {
  const pid = numberAt(json, 'pid')
  const startTime = numberAt(json, 'startTime')
  return pid === undefined || startTime === undefined ? undefined : { pid, startTime }
}

export function saveRecord(section: StateSection, record: ExportRecord): void {
  const { directory, clients, stuck, latencies, notifier } = record
  section.save({
    directory,
    clients,
    ...(stuck === undefined ? {} : { stuck: { ...stuck } }),
    ...(notifier === undefined ? {} : { notifier: { ...notifier } }),
    ...(latencies === undefined ? {} : { latencies: { ...latencies } }),
  })
}
