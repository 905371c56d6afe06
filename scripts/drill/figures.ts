import type { Phases } from './moments.ts'

/** A service without an answer, as far as its figures need it. */
export interface Away {
  readonly service: string
  readonly fromMs: number
  /** Undefined: it has not answered again. */
  readonly toMs: number | undefined
}

/** The figures of a fault, in seconds; undefined where it has no such thing. */
export interface Figures {
  /** From the fault until the cluster knew. */
  readonly detection: number | undefined
  /** From the request until the cluster counted the node as fenced. */
  readonly fencing: number | undefined
  /** From the fault until the first process or resource ran on the other node. */
  readonly takeOver: number | undefined
  /** From the fault until the first service answered again. */
  readonly firstAnswer: number | undefined
  /** The longest of its services; Infinity when one never came back. */
  readonly outage: number | undefined
  /** The service with the longest outage. */
  readonly slowest: string | undefined
}

/** Length of an outage in seconds; Infinity when the service has not come back. */
export const lengthOf = ({ fromMs, toMs }: Pick<Away, 'fromMs' | 'toMs'>): number =>
  toMs === undefined ? Number.POSITIVE_INFINITY : (toMs - fromMs) / 1000

export function figuresOf(fault: {
  readonly faultMs: number
  readonly phases: Phases
  readonly outages: readonly Away[]
}): Figures {
  const { phases, faultMs, outages } = fault
  const since = (ms: number | undefined) => (ms === undefined ? undefined : (ms - faultMs) / 1000)
  const { fencingAskedMs, fencedMs } = phases
  const slowest = outages.reduce<Away | undefined>(
    (longest, one) => (longest === undefined || lengthOf(one) > lengthOf(longest) ? one : longest),
    undefined,
  )
  const back = outages.flatMap(({ toMs }) => (toMs === undefined ? [] : [toMs]))
  return {
    detection: since(phases.detectedMs),
    fencing:
      fencingAskedMs === undefined || fencedMs === undefined ? undefined : (fencedMs - fencingAskedMs) / 1000,
    takeOver: since(phases.takeOverMs),
    firstAnswer: back.length === 0 ? undefined : since(Math.min(...back)),
    outage: slowest === undefined ? undefined : lengthOf(slowest),
    slowest: slowest?.service,
  }
}

/** `3.6 s`, and a dash where there is nothing to tell. */
export function seconds(value: number | undefined): string {
  if (value === undefined) return '-'
  return Number.isFinite(value) ? `${value.toFixed(1)} s` : 'for good'
}
