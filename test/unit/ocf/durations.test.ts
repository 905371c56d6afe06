import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { durationsPath, recordDuration } from '../../../lib/ocf/durations.ts'
import { nameOf, ownInstances, testAgent } from './instance.ts'

const instance = ownInstances()

function recorder() {
  const name = nameOf(instance())
  return {
    path: durationsPath(testAgent, name),
    record: (action: string, elapsedMs: number, timeoutMs: number) =>
      recordDuration(testAgent, name, action, elapsedMs, timeoutMs),
  }
}

describe('a start or stop that came close to its timeout', () => {
  test.each([
    ['start', 85_000, 120_000, 'start took 85.0 s of its 2min timeout; configure op start timeout=170s'],
    ['stop', 15_001, 20_000, 'stop took 15.0 s of its 20s timeout; configure op stop timeout=40s'],
    ['stop', 14_100, 20_000, 'stop took 14.1 s of its 20s timeout; configure op stop timeout=30s'],
  ])('%s: %d ms of %d', (action, elapsedMs, timeoutMs, warning) => {
    expect(recorder().record(action, elapsedMs, timeoutMs)).toBe(warning)
  })

  test.each([
    ['start', 14_000, 20_000],
    ['monitor', 19_000, 20_000],
    ['validate-all', 19_000, 20_000],
  ])('is told, but not a %s of %d ms in %d', (action, elapsedMs, timeoutMs) => {
    expect(recorder().record(action, elapsedMs, timeoutMs)).toBeUndefined()
  })
})

test('the last, the longest and the count of each action are kept, of monitors the longest', () => {
  const { record, path } = recorder()
  record('monitor', 120.4, 20_000)
  record('monitor', 80, 20_000)
  record('start', 4000, 60_000)
  record('start', 3000, 60_000)
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
    monitor: { longestMs: 120, timeoutMs: 20_000 },
    start: { lastMs: 3000, longestMs: 4000, count: 2, timeoutMs: 60_000 },
  })
})

test('a monitor writes when it took longer than ever, or has another timeout, and else not', () => {
  const { record, path } = recorder()
  const written = () => statSync(path).ino
  record('monitor', 80, 20_000)
  const first = written()
  record('monitor', 80, 20_000)
  record('monitor', 79, 20_000)
  expect(written()).toBe(first)
  record('monitor', 70, 30_000)
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ monitor: { longestMs: 80, timeoutMs: 30_000 } })
  record('monitor', 81, 30_000)
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ monitor: { longestMs: 81, timeoutMs: 30_000 } })
})

test.each(['', '{"start":{"lastMs":', '[1,2]', '"text"', 'null'])(
  'a file that holds %j is begun anew',
  text => {
    const { record, path } = recorder()
    record('stop', 1, 20_000)
    writeFileSync(path, text)
    record('start', 5, 20_000)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
      start: { lastMs: 5, longestMs: 5, count: 1, timeoutMs: 20_000 },
    })
  },
)
