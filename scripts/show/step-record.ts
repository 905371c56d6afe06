import type { Outage } from './answers.ts'
import type { FloorPart, Ruling } from './floor.ts'

export type StepKey = 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h'

/** Where a time was read: one source for each kind. */
export type Source = 'demo' | 'pacemaker.log' | 'plug' | 'switch' | 'host' | 'client'

/** Something that happened, in milliseconds since the epoch. */
export interface Moment {
  readonly atMs: number
  readonly what: string
  readonly source: Source
}

/** Something that must be true for the demo to succeed. */
export interface Check {
  readonly text: string
  readonly ok: boolean
}

/** The moments every step is told by; a step that needs no fencing has none of it. */
export interface Phases {
  /** The cluster knows. */
  readonly detectedMs?: number | undefined
  readonly fencingAskedMs?: number | undefined
  /** The plug was first read back as off. */
  readonly offMs?: number | undefined
  /** The cluster counts the node as fenced. */
  readonly fencedMs?: number | undefined
  /** The first process of a container ran on the node that took over. */
  readonly takeOverMs?: number | undefined
}

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
  readonly outages: readonly Outage[]
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
