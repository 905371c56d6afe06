import { expect, test } from 'vitest'
import type { Answer } from '../../../scripts/drill/answers.ts'
import { measureOutage } from '../../../scripts/drill/outage.ts'

/** Answers every 100 ms from 0 on, each 10 ms after its question; `.` is good, `x` missed. */
const heard = (pattern: string): Answer[] =>
  [...pattern].map((sign, index) => ({
    ...{ service: 'app', sentMs: index * 100, doneMs: index * 100 + 10, ok: sign === '.' },
  }))
const steady = '.'.repeat(12)

test('each end of an outage lies in the middle of what nobody saw, and the error is told', () => {
  // Last answer at 210, first miss asked at 300; last miss asked at 700, first answer at 810.
  expect(measureOutage(heard(`...xxxxx${steady}`), 'app', 0, 9_000)).toEqual({
    ...{ service: 'app', fromMs: 255, toMs: 755, errorMs: 100, missed: 5 },
  })
})

test('a service that answers once in between was away until its last miss', () => {
  expect(measureOutage(heard(`...xx.xx${steady}`), 'app', 0, 9_000)).toMatchObject({ toMs: 755, missed: 4 })
})

test('a service that answers for less than a second has not come back', () => {
  expect(measureOutage(heard('...xxxxx.....'), 'app', 0, 9_000)?.toMs).toBeUndefined()
})

test('questions that hang for their whole limit do not make the outage longer', () => {
  const hanging = heard(`...xxxxx${steady}`).map(one =>
    one.ok ? one : { ...one, doneMs: one.sentMs + 1_000 },
  )
  expect(measureOutage(hanging, 'app', 0, 9_000)).toMatchObject({ fromMs: 255, toMs: 755 })
})

test('a question that waited in the network and was answered last does not make the outage longer', () => {
  const waited = heard(`...xxxxx${steady}`).map((one, at) => (at === 8 ? { ...one, doneMs: 1_790 } : one))
  expect(measureOutage(waited, 'app', 0, 9_000)).toMatchObject({ fromMs: 255, toMs: 855, errorMs: 100 })
})

test('questions that the network dropped and repeated a second later were asked in vain', () => {
  // Down until 1 750: what was asked from 800 on is answered by its repetition, a second later.
  const repeated = heard(`...xxxxx${'.'.repeat(24)}`).map((one, at) =>
    at >= 8 && at <= 17 ? { ...one, doneMs: one.sentMs + 1_010 } : one,
  )
  expect(measureOutage(repeated, 'app', 0, 9_000)).toMatchObject({ fromMs: 255, toMs: 1_755, errorMs: 100 })
})

test('no outage without a miss, nor by the misses of another service', () => {
  expect(measureOutage(heard(steady), 'app', 0, 9_000)).toBeUndefined()
  expect(measureOutage(heard(`.xx${steady}`), 'broker', 0, 9_000)).toBeUndefined()
})
