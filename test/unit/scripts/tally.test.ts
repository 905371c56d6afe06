import { expect, test } from 'vitest'
import { againstBudget, exitCode } from '../../../scripts/layers/tally.ts'

test('a layer that took longer than its budget says so loudly', () => {
  expect(againstBudget('unit', 24, 1)).toBe('unit: 0.4 of 1 min')
  expect(againstBudget('peers', 721, 12)).toBe('peers: 12.0 of 12 min   OVER BUDGET')
})

test('nothing passed, or only skips, is no success', () => {
  expect(exitCode({ passed: 0, failed: 0, skipped: 4 })).toBe(1)
  expect(exitCode({ passed: 9, failed: 1, skipped: 0 })).toBe(1)
  expect(exitCode({ passed: 9, failed: 0, skipped: 1 })).toBe(0)
})
