import type { ProbeLimits, Target, TargetAnswer, TargetProbe, TargetScheme } from './target.ts'
import { probeTcpTarget } from './tcp.ts'

const probes: Partial<Record<TargetScheme, TargetProbe>> = {
  tcp: probeTcpTarget,
}

/** Asks one peripheral for a sign of life, by address, within the limits. */
export async function probeTarget(target: Target, limits: ProbeLimits): Promise<TargetAnswer> {
  const ask = probes[target.scheme]
  if (ask === undefined)
    return { up: false, detail: `${target.url}: ${target.scheme} cannot be asked yet`, unasked: true }
  return await ask(target, limits)
}
