import type { DemoRecord, StepRecord } from './step-record.ts'

/** The five figures of a step, in seconds; undefined where the step has no such thing. */
export interface Figures {
  /** From the fault until the cluster knew. */
  readonly detection: number | undefined
  /** From the request until the cluster counted the node as fenced. */
  readonly fencing: number | undefined
  /** From the fault until the first process ran on the other node. */
  readonly takeOver: number | undefined
  /** From the fault until the first service answered again. */
  readonly firstAnswer: number | undefined
  /** The longest of its services; Infinity when one never came back. */
  readonly outage: number | undefined
  /** The service with the longest outage. */
  readonly slowest: string | undefined
  /** What that service's outage cannot be shorter than. */
  readonly floor: number | undefined
}

export function figuresOf(step: StepRecord): Figures {
  const { phases, faultMs, outages } = step
  const since = (ms: number | undefined) => (ms === undefined ? undefined : (ms - faultMs) / 1000)
  const fencing =
    phases.fencingAskedMs === undefined || phases.fencedMs === undefined
      ? undefined
      : (phases.fencedMs - phases.fencingAskedMs) / 1000
  const lengths = outages.map(({ service, fromMs, toMs }) => ({
    service,
    seconds: toMs === undefined ? Number.POSITIVE_INFINITY : (toMs - fromMs) / 1000,
  }))
  const slowest = lengths.reduce<(typeof lengths)[number] | undefined>(
    (longest, one) => (longest === undefined || one.seconds > longest.seconds ? one : longest),
    undefined,
  )
  const back = outages.flatMap(({ toMs }) => (toMs === undefined ? [] : [toMs]))
  return {
    detection: since(phases.detectedMs),
    fencing,
    takeOver: since(phases.takeOverMs),
    firstAnswer: back.length === 0 ? undefined : since(Math.min(...back)),
    outage: slowest?.seconds,
    slowest: slowest?.service,
    floor: slowest === undefined ? undefined : floorOf(step, slowest.service),
  }
}

/** What the outage of a service cannot be shorter than in this step, in seconds. */
export function floorOf(step: StepRecord, service: string): number | undefined {
  const parts = step.floors.get(service)
  return parts?.reduce((sum, part) => sum + part.seconds, 0)
}

/** Everything that went wrong, one line each; none means success. */
export function failures({ steps, checks }: DemoRecord): string[] {
  const found: string[] = []
  for (const step of steps) {
    for (const check of step.checks) if (!check.ok) found.push(`step ${step.key}: ${check.text}`)
    for (const { service, toMs } of step.outages)
      if (toMs === undefined) found.push(`step ${step.key}: ${service} did not answer again`)
    for (const { service, kept, outage, limit } of step.rulings)
      if (!kept && outage !== undefined)
        found.push(
          `step ${step.key}: ${service} was away ${outage.toFixed(1)} s, its limit is ${limit.toFixed(1)} s`,
        )
  }
  for (const check of checks) if (!check.ok) found.push(check.text)
  return found
}
