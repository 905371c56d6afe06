import type { StateFile } from './state-file.ts'

/** How one look at one thing ended. */
export interface DampedOutcome {
  readonly ok: boolean
  /** Only time-outs and 5xx may be damped; a refused connection or a dead process counts at once. */
  readonly damped: boolean
}

/**
 * Says whether a failure counts now: an undamped one at once, a damped one when it is the
 * `threshold`-th in a row. Writes the state file only when a count changes.
 *
 * @returns whether it counts, and how many in a row were seen
 */
export function countFailure(
  file: StateFile,
  key: string,
  outcome: DampedOutcome,
  threshold: number,
): { readonly counts: boolean; readonly inARow: number } {
  const before = file.read().damping[key] ?? 0
  if (outcome.ok) {
    if (before !== 0) forget(file, key)
    return { counts: false, inARow: 0 }
  }
  if (!outcome.damped) return { counts: true, inARow: before + 1 }
  // Beyond the threshold the count says nothing new, and a monitor that fails for hours need not write.
  const inARow = Math.min(before + 1, threshold)
  if (inARow === before) return { counts: inARow >= threshold, inARow }
  // What cannot be counted has to count at once, or a hung service would never be seen.
  const unwritten = file.tryUpdate(state => ({ ...state, damping: { ...state.damping, [key]: inARow } }))
  return { counts: inARow >= threshold || unwritten !== undefined, inARow }
}

function forget(file: StateFile, key: string): void {
  file.tryUpdate(state => {
    const { [key]: _, ...rest } = state.damping
    return { ...state, damping: rest }
  })
}
