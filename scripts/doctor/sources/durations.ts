import { readdirSync } from 'node:fs'
import { readText } from '../../../lib/host/small-file.ts'
import { entriesOf, numberAt, parseJson } from '../../../lib/ocf/json.ts'
import { stateFolder } from '../../../lib/ocf/state-file.ts'

/** How long an action of one of our resources took on this node since it booted. */
export interface RecordedDuration {
  /** Agent and instance, joined as in the name of the file: either may hold a `-`. */
  readonly name: string
  /** `start`, `stop`, `monitor`, `monitor-10`. */
  readonly action: string
  readonly longestMs: number
  readonly timeoutMs: number
}

const ending = '.durations.json'

/** None where no agent of ours has run since boot. @throws Error when the folder cannot be read */
export function lookAtDurations(folder: string = stateFolder): readonly RecordedDuration[] {
  let names: readonly string[]
  try {
    names = readdirSync(folder)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return []
    throw cause
  }
  return names
    .filter(name => name.endsWith(ending))
    .flatMap(name => readDurations(name.slice(0, -ending.length), readText(`${folder}/${name}`) ?? ''))
}

/** One file; entries that are not of the known form are left out. */
export function readDurations(name: string, text: string): readonly RecordedDuration[] {
  return entriesOf(parseJson(text)).flatMap(([action, entry]) => {
    const longestMs = numberAt(entry, 'longestMs')
    const timeoutMs = numberAt(entry, 'timeoutMs')
    return longestMs === undefined || timeoutMs === undefined ? [] : [{ name, action, longestMs, timeoutMs }]
  })
}
