import type { Away } from '../drill/figures.ts'

/** A part of what an outage cannot be shorter than, in seconds. */
export interface FloorPart {
  readonly what: string
  readonly seconds: number
}

/** Corosync's times in milliseconds, as corosync.conf says them. */
export interface TokenTimes {
  readonly token: number
  /** Added for each node beyond the second. */
  readonly tokenCoefficient: number
  readonly nodes: number
}

/**
 * Until a lost node is dropped from the membership, in seconds: the token's time, and then consensus, which
 * is 1.2 times the token's (corosync.conf(5)).
 */
export function membershipSeconds({ token, tokenCoefficient, nodes }: TokenTimes): number {
  const real = token + Math.max(0, nodes - 2) * tokenCoefficient
  return (real + 1.2 * real) / 1000
}

/** What a service may be away after a power cut beyond its floor and the fencing, in seconds. */
export const ALLOWED_SECONDS = 3

/** One service's outage held against its rule, every part in seconds. */
export interface Ruling {
  readonly service: string
  /** Undefined: the service never came back. */
  readonly outage: number | undefined
  readonly parts: readonly FloorPart[]
  readonly limit: number
  readonly kept: boolean
}

/** token + consensus + fencing + the application's own start + 3 s, for each service that was away. */
export function judgePowerCut(
  outages: readonly Away[],
  membership: number,
  fencing: number,
  ownStart: ReadonlyMap<string, number>,
): Ruling[] {
  return outages.map(({ service, fromMs, toMs }) => {
    const parts = [
      { what: 'token + consensus', seconds: membership },
      { what: 'fencing', seconds: fencing },
      { what: 'own start', seconds: ownStart.get(service) ?? 0 },
      { what: 'allowed', seconds: ALLOWED_SECONDS },
    ]
    const limit = parts.reduce((sum, part) => sum + part.seconds, 0)
    const outage = toMs === undefined ? undefined : (toMs - fromMs) / 1000
    return { service, outage, parts, limit, kept: outage !== undefined && outage <= limit }
  })
}

/** The middle of the values, the mean of the two middle ones; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
  return (lower + upper) / 2
}
