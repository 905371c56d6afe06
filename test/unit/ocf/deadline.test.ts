import { describe, expect, test } from 'vitest'
import { marginMs, startDeadline } from '../../../lib/ocf/deadline.ts'

test.each([
  [20_000, 2000],
  [120_000, 12_000],
  [5000, 1000],
  [1500, 750],
  [1000, 500],
])('of %d ms, %d are left for the exit before Pacemaker kills', (timeoutMs, margin) => {
  expect(marginMs(timeoutMs)).toBe(margin)
})

describe('the deadline', () => {
  test('counts from the start of the process: seconds that node took are gone', () => {
    const deadline = startDeadline('start', 20_000, 3000)
    expect(deadline.elapsedMs()).toBeGreaterThanOrEqual(3000)
    expect(deadline.remainingMs()).toBeLessThanOrEqual(15_000)
    expect(deadline.remainingMs()).toBeGreaterThan(14_000)
  })

  test('has nothing left, rather than less, once it is over', () => {
    const deadline = startDeadline('start', 20_000, 30_000)
    expect(deadline.remainingMs()).toBe(0)
    expect(deadline.remainingOfShareMs(0.5)).toBe(0)
  })

  test('gives a step its share of the whole budget', () => {
    const left = startDeadline('stop', 100_000, 10_000).remainingOfShareMs(0.6)
    expect(left).toBeLessThanOrEqual(44_000)
    expect(left).toBeGreaterThan(43_000)
  })

  test('says in one line how long it took, of what, and what it waited for', () => {
    const deadline = startDeadline('start', 60_000, 54_000)
    deadline.waitFor('service zigbee2mqtt: probe http://127.0.0.1:8080 gave no answer')
    expect(deadline.reason()).toBe(
      'waited for service zigbee2mqtt: probe http://127.0.0.1:8080 gave no answer; start gave up after 54 s of 60 s',
    )
  })
})
