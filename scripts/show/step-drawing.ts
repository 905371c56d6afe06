import { drawTimeline } from '../drill/timeline-drawing.ts'
import { floorOf } from './figures.ts'
import type { StepRecord } from './step-record.ts'

/** One step as an SVG: what the cluster did, and below it each service, away in red. */
export function drawStep(step: StepRecord): string {
  const floors = [...step.floors.keys()].map(service => [service, floorOf(step, service) ?? 0] as const)
  const { faultMs, phases, outages } = step
  const name = `Timeline of step ${step.key}: ${step.title}`
  return drawTimeline({ name, faultMs, phases, outages, floors: new Map(floors) })
}
