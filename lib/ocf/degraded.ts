import { setPrivateAttribute } from '../cluster/attributes.ts'
import type { DegradedReason } from './agent.ts'
import type { Invocation } from './invocation.ts'
import type { Report } from './report.ts'
import type { StateFile } from './state-file.ts'

/**
 * Tells each degraded reason when it comes and when it goes: in the log and as a private node attribute
 * `haha-<instance>-<key>`, because Pacemaker shows only the first reason of a result that stays 190. The
 * attribute follows a reason whose text alone changes; the log does not, since a count in it may change at
 * every monitor.
 */
export async function tellDegraded(
  faults: readonly DegradedReason[],
  invocation: Invocation,
  file: StateFile,
  report: Report,
): Promise<void> {
  const before = file.read().degraded
  const now: Record<string, string> = {}
  for (const fault of faults) now[fault.key] = fault.reason
  const come = faults.filter(fault => before[fault.key] === undefined)
  const changed = faults.filter(fault => before[fault.key] !== fault.reason)
  const gone = Object.keys(before).filter(key => now[key] === undefined)
  if (changed.length === 0 && gone.length === 0) return
  const unwritten = file.tryUpdate(state => ({ ...state, degraded: now }))
  if (unwritten !== undefined)
    report.warn(`told again at each monitor, because it cannot be recorded: ${unwritten}`)
  for (const fault of come) report.warn(`degraded: ${fault.reason}`)
  for (const key of gone) report.info(`no longer degraded: ${before[key] ?? key}`)
  if (!invocation.underPacemaker) return
  const changes = [
    ...changed.map(fault => [fault.key, fault.reason] as const),
    ...gone.map(key => [key, ''] as const),
  ]
  const problems = await Promise.all(
    changes.map(([key, value]) => setPrivateAttribute(attributeOf(invocation, key), value)),
  )
  const problem = problems.find(text => text !== undefined)
  if (problem !== undefined) report.info(`node attribute not set: ${problem}`)
}

/** Empties the attributes of all that was told: after a stop nobody looks, and they would stay for ever. */
export async function forgetDegraded(invocation: Invocation, file: StateFile): Promise<void> {
  if (!invocation.underPacemaker) return
  const keys = Object.keys(file.read().degraded)
  await Promise.all(keys.map(key => setPrivateAttribute(attributeOf(invocation, key), '')))
}

const attributeOf = ({ instance }: Invocation, key: string): string => `haha-${instance}-${key}`
