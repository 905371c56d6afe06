import { type Answer, lastIndex } from './answers.ts'

/** How long answers must go on coming before a service counts as back. */
const STEADY_MS = 1_000
const SHORTEST_MS = 20

/** A service without an answer. Times are milliseconds since the epoch. */
export interface MeasuredOutage {
  readonly service: string
  /** Between the last answer and the first question without one. */
  readonly fromMs: number
  /** Between the last question asked in vain and the first answer of those that stay; undefined: not back. */
  readonly toMs: number | undefined
  /** The length can be wrong by as much, because nobody asked in between. */
  readonly errorMs: number
  /** Questions that got no answer. */
  readonly missed: number
}

/**
 * The outage of one service within a stretch of time; undefined when every question was answered.
 *
 * Each end lies between two questions, and the middle of the two is taken: the error is half of what lies
 * between them, and is told. A service that answers, fails again and then answers for good was away until
 * the last failure: it is of no use to anybody in between.
 */
export function measureOutage(
  answers: readonly Answer[],
  service: string,
  fromMs: number,
  toMs: number,
): MeasuredOutage | undefined {
  const own = answers
    .filter(one => one.service === service && one.doneMs >= fromMs && one.sentMs <= toMs)
    .sort((a, b) => a.sentMs - b.sentMs)
  const firstMiss = own.findIndex(one => !one.ok)
  const first = own[firstMiss]
  if (first === undefined) return undefined
  const lastMiss = lastIndex(own, one => !one.ok)
  const back = own.slice(lastMiss + 1)
  // A question may wait in the network and be answered after later ones: it was alive when it answered.
  const lastSignMs = own.slice(0, firstMiss).reduce((last, one) => Math.max(last, one.doneMs), fromMs)
  const againMs = back.reduce((soonest, one) => Math.min(soonest, one.doneMs), Number.POSITIVE_INFINITY)
  const steady = back.some(one => one.doneMs - againMs >= STEADY_MS)
  const start = between(lastSignMs, first.sentMs)
  const lastVainMs = own
    .filter(isInVain(usualMs(own.slice(0, firstMiss)), againMs))
    .reduce((last, one) => Math.max(last, one.sentMs), own[lastMiss]?.sentMs ?? 0)
  const end = steady ? between(lastVainMs, againMs) : undefined
  return {
    service,
    fromMs: start.middleMs,
    toMs: end?.middleMs,
    errorMs: Math.round(start.halfMs + (end?.halfMs ?? 0)),
    missed: own.filter(one => !one.ok).length,
  }
}

/** How long an answer takes when all is well, with room for a slow one; not shorter than what one can tell. */
function usualMs(answered: readonly Answer[]): number {
  const durations = answered.map(one => one.doneMs - one.sentMs).sort((a, b) => a - b)
  return Math.max(SHORTEST_MS, 2 * (durations[Math.floor(durations.length / 2)] ?? Number.POSITIVE_INFINITY))
}

/**
 * Questions that a service which was there would have answered before it was back: its network dropped them,
 * and what was answered in the end is a repetition.
 */
const isInVain =
  (usual: number, againMs: number) =>
  (one: Answer): boolean =>
    one.sentMs + usual <= againMs && one.doneMs >= againMs

/** The middle of two moments, and how far it can be from the truth. */
function between(fromMs: number, toMs: number) {
  const until = Math.max(fromMs, toMs)
  return { middleMs: Math.round((fromMs + until) / 2), halfMs: (until - fromMs) / 2 }
}
