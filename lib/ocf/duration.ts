import { type Always, declare, type Parameter, type ParameterFacts, type Presence } from './parameter.ts'

const unitMs: Readonly<Record<string, number>> = {
  us: 0.001,
  usec: 0.001,
  ms: 1,
  msec: 1,
  '': 1000,
  s: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  d: 86_400_000,
}

/** A time as Pacemaker writes it (`30s`, `2min`, a bare number is seconds); the value is milliseconds. */
export function durationParameter(
  facts: ParameterFacts & Always & { readonly minMs?: number; readonly maxMs?: number },
): Parameter<number>
export function durationParameter(
  facts: ParameterFacts & { readonly minMs?: number; readonly maxMs?: number },
): Parameter<number | undefined>
export function durationParameter(
  facts: ParameterFacts & Presence & { readonly minMs?: number; readonly maxMs?: number },
): Parameter<number | undefined> {
  const { minMs = 0, maxMs = 31_536_000_000 } = facts
  return declare(facts, {
    type: 'duration',
    expected: `a time from ${durationText(minMs)} to ${durationText(maxMs)}`,
    unit: 'seconds',
    read: text => {
      const value = durationMs(text)
      return value !== undefined && value >= minMs && value <= maxMs ? value : undefined
    },
  })
}

/** Milliseconds of a time as Pacemaker writes it; undefined when it is none. */
export function durationMs(text: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)\s*([a-z]*)$/.exec(text.trim().toLowerCase())
  const factor = match?.[2] === undefined ? undefined : unitMs[match[2]]
  return match?.[1] === undefined || factor === undefined ? undefined : Math.round(Number(match[1]) * factor)
}

/** Milliseconds as an operator would write them in a configuration. */
export function durationText(ms: number): string {
  if (ms === 0) return '0s'
  for (const [unit, factor] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const) {
    if (ms % factor === 0) return `${ms / factor}${unit}`
  }
  return `${ms}ms`
}
