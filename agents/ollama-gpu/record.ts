import type { RecordedProcess } from '../../lib/host/processes.ts'
import { type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../lib/ocf/json.ts'
import type { StateSection } from '../../lib/ocf/state-file.ts'

/** What start knew of the server, and what monitors must remember from one to the next. */
export interface ServerRecord {
  /** The server's main process; with mode serve it leads the session that its runners are in. */
  readonly main: RecordedProcess | undefined
  /** The unit's cgroup, with mode systemd: `/system.slice/ollama.service`. */
  readonly cgroup: string | undefined
  /** Since when the runner is busy without proof, in milliseconds since boot. */
  readonly busySinceMs: number | undefined
  /** An nvidia-smi that did not end. */
  readonly stuckSmi: RecordedProcess | undefined
}

export const noRecord: ServerRecord = {
  main: undefined,
  cgroup: undefined,
  busySinceMs: undefined,
  stuckSmi: undefined,
}

export function readRecord(section: StateSection): ServerRecord {
  const json = section.read()
  return {
    main: readProcess(objectAt(json, 'main')),
    cgroup: stringAt(json, 'cgroup'),
    busySinceMs: numberAt(json, 'busySinceMs'),
    stuckSmi: readProcess(objectAt(json, 'stuckSmi')),
  }
}

/** Changes parts of the record; writes nothing when nothing changes. */
export function changeRecord(section: StateSection, change: Partial<ServerRecord>): void {
  const before = readRecord(section)
  const after = { ...before, ...change }
  if (JSON.stringify(after) === JSON.stringify(before)) return
  section.save({
    ...present('cgroup', after.cgroup),
    ...present('busySinceMs', after.busySinceMs),
    ...present('main', after.main === undefined ? undefined : { ...after.main }),
    ...present('stuckSmi', after.stuckSmi === undefined ? undefined : { ...after.stuckSmi }),
  })
}

function present(key: string, value: Json | undefined): JsonObject {
  return value === undefined ? {} : { [key]: value }
}

function readProcess(json: JsonObject | undefined): RecordedProcess | undefined {
  const pid = numberAt(json, 'pid')
  const startTime = numberAt(json, 'startTime')
  return pid === undefined || startTime === undefined ? undefined : { pid, startTime }
}
