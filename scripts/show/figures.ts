import { type Figures, figuresOf } from '../drill/figures.ts'
import type { DemoRecord, StepRecord } from './step-record.ts'

/** The figures of a step, in seconds; undefined where the step has no such thing. */
export interface StepFigures extends Figures {
  /** What the outage of the slowest service cannot be shorter than. */
  readonly floor: number | undefined
}

export function stepFigures(step: StepRecord): StepFigures {
  const figures = figuresOf(step)
  return { ...figures, floor: figures.slowest === undefined ? undefined : floorOf(step, figures.slowest) }
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
