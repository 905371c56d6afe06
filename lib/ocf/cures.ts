import { mayRepair } from '../cluster/managed.ts'
import { sinceBootMs } from '../host/clock.ts'
import type { Cure } from './agent.ts'
import { durationText } from './duration.ts'
import type { Invocation } from './invocation.ts'
import type { Report } from './report.ts'
import type { StateFile } from './state-file.ts'

/** What became of a cure: `settling` is told with 190, otherwise the failure counts. */
export type CureOutcome =
  | { readonly settling: true; readonly reason: string }
  | { readonly settling: false; readonly note: string }

/** Cure entries are kept no longer than this, whatever window an agent counts in. */
const longestWindowMs = 7 * 86_400_000

/**
 * Takes one bounded step of a cure, if it may: only in a recurring monitor under Pacemaker, only while
 * resource, node and cluster are managed, and no more often than its limit. The step is on record
 * before it begins, so a monitor killed in the middle has used it up.
 */
export async function attemptCure(
  cure: Cure,
  invocation: Invocation,
  file: StateFile,
  report: Report,
): Promise<CureOutcome> {
  if (invocation.isProbe || invocation.action !== 'monitor') return { settling: false, note: '' }
  const now = sinceBootMs()
  const steps = file.read().cures.filter(entry => entry.key === cure.key && now - entry.atMs < cure.windowMs)
  const last = steps.at(-1)
  if (last !== undefined && now < last.settlesAtMs) {
    return {
      settling: true,
      reason: `${cure.purpose}: step ${steps.length} of ${cure.limit}, waiting for its effect`,
    }
  }
  if (steps.length >= cure.limit) {
    const note =
      cure.limit === 0
        ? ''
        : `${cure.purpose} was tried ${steps.length} times in ${durationText(cure.windowMs)}`
    return { settling: false, note }
  }
  const permission = await mayRepair(invocation)
  if (!permission.allowed) return { settling: false, note: `no ${cure.purpose}: ${permission.because}` }
  const unwritten = file.tryUpdate(state => ({
    ...state,
    cures: [
      ...state.cures.filter(entry => now - entry.atMs < longestWindowMs),
      { key: cure.key, atMs: now, settlesAtMs: now + settleTime(cure, steps.length) },
    ],
  }))
  if (unwritten !== undefined)
    return { settling: false, note: `no ${cure.purpose}: it cannot be recorded: ${unwritten}` }
  report.warn(`${cure.purpose}: step ${steps.length + 1} of ${cure.limit} in ${durationText(cure.windowMs)}`)
  try {
    await cure.step()
  } catch (cause) {
    return {
      settling: false,
      note: `${cure.purpose} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    }
  }
  return { settling: true, reason: `${cure.purpose}: step ${steps.length + 1} of ${cure.limit} taken` }
}

function settleTime(cure: Cure, stepsBefore: number): number {
  if (typeof cure.settleMs === 'number') return cure.settleMs
  return cure.settleMs[Math.min(stepsBefore, cure.settleMs.length - 1)] ?? 0
}
