import { type ProbeAnswer, tryProbe } from '../../../lib/net/probe.ts'
import type { ProbeLimits, Target, TargetAnswer } from './target.ts'

/**
 * Asks as often as the limits allow while no answer comes; any answer, a refused connection included, is
 * the truth at once. `once` is handed the milliseconds that it may take.
 */
export async function askInTime(
  target: Target,
  limits: ProbeLimits,
  once: (timeoutMs: number) => Promise<ProbeAnswer>,
): Promise<TargetAnswer> {
  const { deadlineMs, timeoutMs, attempts } = limits
  const tries = Math.max(1, Math.min(attempts, Math.floor(deadlineMs / timeoutMs)))
  const outcome = await tryProbe(once, { timeoutMs: Math.min(timeoutMs, deadlineMs), tries, pauseMs: 0 })
  if (!outcome.ok) return { up: false, detail: outcome.reason }
  const { seen, doubt, durationMs } = outcome
  const detail = `${target.url}: ${seen === undefined ? '' : `${seen}, `}answered in ${Math.round(durationMs)} ms`
  return { up: true, detail, ...(doubt === undefined ? {} : { doubt }) }
}
