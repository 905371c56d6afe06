import { mkdirSync, statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { countFailure } from '../../../lib/ocf/damping.ts'
import type { StateFile } from '../../../lib/ocf/state-file.ts'
import { ownInstances } from './instance.ts'

const instance = ownInstances()
const slow = { ok: false, damped: true }
const dead = { ok: false, damped: false }
const fine = { ok: true, damped: false }

function counts(file: StateFile, outcomes: readonly (typeof slow)[], threshold: number): boolean[] {
  return outcomes.map(outcome => countFailure(file, 'probe', outcome, threshold).counts)
}

test('time-outs count from the configured one in a row on', () => {
  expect(counts(instance(), [slow, slow, slow, slow], 3)).toEqual([false, false, true, true])
})

test('a success in between begins anew', () => {
  expect(counts(instance(), [slow, slow, fine, slow, slow, slow], 3)).toEqual([
    ...[false, false, false],
    ...[false, false, true],
  ])
})

test('a dead process counts at once', () => {
  expect(counts(instance(), [dead], 3)).toEqual([true])
})

test.each([0, 1])('with a threshold of %d every time-out counts', threshold => {
  expect(counts(instance(), [slow, slow], threshold)).toEqual([true, true])
})

test('each probe is counted by itself', () => {
  const file = instance()
  countFailure(file, 'a', slow, 2)
  expect(countFailure(file, 'b', slow, 2)).toEqual({ counts: false, inARow: 1 })
  expect(countFailure(file, 'a', slow, 2)).toEqual({ counts: true, inARow: 2 })
})

test('a healthy monitor writes nothing, nor one that has failed for hours', () => {
  const file = instance()
  counts(file, [fine, fine], 2)
  expect(statSync(file.path, { throwIfNoEntry: false })).toBeUndefined()
  counts(file, [slow, slow], 2)
  const before = statSync(file.path).ino
  counts(file, [slow, slow], 2)
  expect(statSync(file.path).ino).toBe(before)
})

test('a time-out that cannot be counted, because /run is full, counts at once', () => {
  const file = instance()
  mkdirSync(`${file.path}/in-the-way`, { recursive: true })
  expect(counts(file, [slow, fine, slow], 3)).toEqual([true, false, true])
})
