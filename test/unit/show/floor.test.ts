import { expect, test } from 'vitest'
import { judgePowerCut, median, membershipSeconds } from '../../../scripts/show/floor.ts'

const away = (seconds: number) => ({
  service: 'mosquitto',
  fromMs: 1000,
  toMs: 1000 + seconds * 1000,
  missed: 9,
})
const start = new Map([['mosquitto', 2]])

test('three nodes with a token of 1000 ms drop a lost node after 3.6 s, two after 2.2 s', () => {
  expect(membershipSeconds({ token: 1000, tokenCoefficient: 650, nodes: 3 })).toBeCloseTo(3.63)
  expect(membershipSeconds({ token: 1000, tokenCoefficient: 650, nodes: 2 })).toBeCloseTo(2.2)
})

test('an outage is held against membership, fencing, own start and three seconds', () => {
  const [kept] = judgePowerCut([away(12)], 3.6, 4, start)
  expect(kept).toMatchObject({ outage: 12, kept: true })
  expect(kept?.limit).toBeCloseTo(12.6)
  expect(kept?.parts.map(({ seconds }) => seconds)).toEqual([3.6, 4, 2, 3])
  expect(judgePowerCut([away(12.7)], 3.6, 4, start)[0]?.kept).toBe(false)
})

test('a service that never came back breaks its rule', () => {
  const gone = { service: 'mosquitto', fromMs: 0, toMs: undefined, missed: 90 }
  expect(judgePowerCut([gone], 3.6, 4, start)[0]).toMatchObject({ kept: false, outage: undefined })
})

test('the median of five is the third, of two their mean', () => {
  expect(median([9, 1, 5, 3, 7])).toBe(5)
  expect(median([1, 2])).toBe(1.5)
})
