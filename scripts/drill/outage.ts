import { type Answer, lastIndex } from './answers.ts'

/** How long answers must go on coming before a service counts as back. */
const STEADY_MS = 1_000

/** A service without an answer. Times are milliseconds since the epoch. */
export interface MeasuredOutage {
  readonly service: string
  /** Between the last answer and the first question without one. */
  readonly fromMs: number
  /** Between the last question without an answer and the first answer of those that stay; undefined: not back. */
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
  const before = own[firstMiss - 1]
  const start = between(before?.doneMs ?? fromMs, first.sentMs)
  const back = own.slice(lastMiss + 1)
  const [again] = back
  const steady = again !== undefined && (back.at(-1)?.doneMs ?? 0) - again.doneMs >= STEADY_MS
  const end = steady ? between(own[lastMiss]?.sentMs ?? again.sentMs, again.doneMs) : undefined
  return {
    service,
    fromMs: start.middleMs,
    toMs: end?.middleMs,
    errorMs: Math.round(start.halfMs + (end?.halfMs ?? 0)),
    missed: own.filter(one => !one.ok).length,
  }
}

/** The middle of two moments, and how far it can be from the truth. */
function between(fromMs: number, toMs: number) {
  const until = Math.max(fromMs, toMs)
  return { middleMs: Math.round((fromMs + until) / 2), halfMs: (until - fromMs) / 2 }
}
