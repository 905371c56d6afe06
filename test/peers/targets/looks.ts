import { probeTarget } from '../../../agents/network-peripheral/targets/probe-target.ts'
import {
  type ProbeLimits,
  parseTarget,
  type TargetAnswer,
} from '../../../agents/network-peripheral/targets/target.ts'

/** One look at a URL, and how long it took. Three tries of 400 ms unless told. */
export async function look(
  url: string,
  limits: Partial<ProbeLimits> = {},
): Promise<TargetAnswer & { readonly milliseconds: number }> {
  const target = parseTarget(url)
  if ('reason' in target) throw new Error(`${url}: ${target.reason}`)
  const begin = performance.now()
  const answer = await probeTarget(target, { deadlineMs: 1500, timeoutMs: 400, attempts: 3, ...limits })
  return { ...answer, milliseconds: performance.now() - begin }
}
