import type { RecordedProcess } from '../host/processes.ts'
import { ExitCode } from './exit-codes.ts'
import {
  booleanAt,
  itemsAt,
  type Json,
  type JsonObject,
  numberAt,
  numbersOf,
  objectAt,
  stringAt,
} from './json.ts'

/** How an action ended, as metrics tell it. */
export interface ActionEnd {
  /** As Pacemaker names it; a monitor without an interval is a `probe`. */
  readonly action: string
  readonly depth: number
  readonly code: number
  readonly durationMs: number
  readonly timeoutMs: number
  /** Of a recurring monitor. */
  readonly intervalMs: number | undefined
  /** When it ended, in milliseconds since 1970. */
  readonly atMs: number
}

/** All runs of one action at one depth since boot. */
export interface ActionRuns {
  readonly action: string
  readonly depth: number
  /** Gone when a stop has made it say nothing any more. */
  readonly last: ActionEnd | undefined
  /** How often it ended with which code. */
  readonly codes: Readonly<Record<string, number>>
}

/** What is remembered of one resource for its metrics, since this node booted. */
export interface ActionHistory {
  readonly runs: readonly ActionRuns[]
  /** Whether the resource is active on this node; undefined until an action could tell. */
  readonly active: boolean | undefined
  /** The copy to the operator's folder that was begun last, and when (milliseconds since boot). */
  readonly copy: (RecordedProcess & { readonly atMs: number }) | undefined
  /** What was last said to be wrong with that folder. */
  readonly said: string | undefined
}

export const noHistory: ActionHistory = { runs: [], active: undefined, copy: undefined, said: undefined }

/** Adds an action. A stop that succeeded ends what monitors said: only their counts go on. */
export function afterAction(history: ActionHistory, end: ActionEnd): ActionHistory {
  const { action, depth, code } = end
  const isSame = (runs: ActionRuns) => runs.action === action && runs.depth === depth
  const codes = history.runs.find(isSame)?.codes ?? {}
  const stopped = action === 'stop' && code === ExitCode.success
  const others = history.runs
    .filter(runs => !isSame(runs))
    .map(runs => (stopped && runs.action === 'monitor' ? { ...runs, last: undefined } : runs))
  const own = { action, depth, last: end, codes: { ...codes, [code]: (codes[code] ?? 0) + 1 } }
  return { ...history, runs: [...others, own], active: activeAfter(end) ?? history.active }
}

/** An action that failed does not tell whether anything of the resource is left. */
function activeAfter({ action, code }: ActionEnd): boolean | undefined {
  if (action === 'monitor' || action === 'probe') {
    if (code === ExitCode.notRunning) return false
    return code === ExitCode.success || code === ExitCode.degraded ? true : undefined
  }
  if (code !== ExitCode.success) return undefined
  if (action === 'start') return true
  return action === 'stop' ? false : undefined
}

export function historyToJson({ runs, active, copy, said }: ActionHistory): JsonObject {
  return {
    runs: runs.map(({ last, codes, ...which }) => ({
      ...which,
      codes,
      ...(last === undefined ? {} : { last: withoutUndefined(last) }),
    })),
    ...(active === undefined ? {} : { active }),
    ...(copy === undefined ? {} : { copy: { ...copy } }),
    ...(said === undefined ? {} : { said }),
  }
}

function withoutUndefined({ intervalMs, ...end }: ActionEnd): JsonObject {
  return intervalMs === undefined ? end : { ...end, intervalMs }
}

export function historyOf(json: Json | undefined): ActionHistory {
  const copy = objectAt(json, 'copy')
  const pid = numberAt(copy, 'pid')
  const startTime = numberAt(copy, 'startTime')
  return {
    runs: itemsAt(json, 'runs').flatMap(readRuns),
    active: booleanAt(json, 'active'),
    copy:
      pid === undefined || startTime === undefined
        ? undefined
        : { pid, startTime, atMs: numberAt(copy, 'atMs') ?? 0 },
    said: stringAt(json, 'said'),
  }
}

function readRuns(json: Json): ActionRuns[] {
  const action = stringAt(json, 'action')
  const depth = numberAt(json, 'depth')
  if (action === undefined || depth === undefined) return []
  const last = objectAt(json, 'last')
  const number = (name: string) => numberAt(last, name) ?? 0
  const end = {
    action,
    depth,
    code: number('code'),
    durationMs: number('durationMs'),
    timeoutMs: number('timeoutMs'),
    intervalMs: numberAt(last, 'intervalMs'),
    atMs: number('atMs'),
  }
  return [
    { action, depth, last: last === undefined ? undefined : end, codes: numbersOf(objectAt(json, 'codes')) },
  ]
}
