import type { Check, Moment, Phases } from '../drill/moments.ts'
import type { MeasuredOutage } from '../drill/outage.ts'
import type { FloorPart, Ruling } from './floor.ts'

export type StepKey = 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h'

/** One step of the demo, as it went. */
export interface StepRecord {
  readonly key: StepKey
  readonly title: string
  /** What was done to the cluster, and when. */
  readonly fault: string
  readonly faultMs: number
  readonly endMs: number
  readonly phases: Phases
  readonly moments: readonly Moment[]
  readonly outages: readonly MeasuredOutage[]
  /** What each service's outage cannot be shorter than, part by part. */
  readonly floors: ReadonlyMap<string, readonly FloorPart[]>
  readonly rulings: readonly Ruling[]
  readonly checks: readonly Check[]
}

/** The whole demo. */
export interface DemoRecord {
  readonly startedMs: number
  readonly endedMs: number
  readonly steps: readonly StepRecord[]
  /** Median of plain starts in seconds, by service. */
  readonly ownStart: ReadonlyMap<string, number>
  readonly ownStartRuns: number
  readonly membershipSeconds: number
  /** Checks of the run as a whole: nothing ran twice, and how closely that was watched. */
  readonly checks: readonly Check[]
  /** What was used, one line each. */
  readonly ground: readonly string[]
}
