import { expect, test } from 'vitest'
import { parseIoCounters, parseLockingState, perSecond } from '../../../agents/nfs-ocfs2-export/figures.ts'

test('the operations of a device per second are told between two looks, not over a boot', () => {
  const line = (reads: number, writes: number) => `  ${reads} 5 9 1  ${writes} 7 8 2 0 1 1 0 0 0 0 0 0\n`
  const first = parseIoCounters(line(100, 400), 10_000)
  const later = parseIoCounters(line(130, 460), 40_000)
  expect(perSecond(first, later)).toEqual({ readsPerSecond: 1, writesPerSecond: 2 })
  expect(perSecond(later, first)).toBeUndefined()
  expect(perSecond(undefined, later)).toBeUndefined()
  expect(parseIoCounters('', 0)).toBeUndefined()
})

test('the lock waits of OCFS2 are summed over all locks, and those waited for now are counted', () => {
  const lock = (name: string, statistics: readonly number[]) =>
    [
      '0x4',
      name,
      '5',
      '0x41',
      '0x0',
      '0x0',
      '0',
      '0',
      '-1',
      '-1',
      ...Array(64).fill('0x0'),
      ...statistics,
      '',
    ]
      .join('\t')
      .concat('\n')
  const text = [
    lock('M000000000000000000001', [3, 2, 1, 0, 4_000_000, 9_000_000, 2500, 7000, 5, 0, 0, 0]),
    lock('W000000000000000000002', [1, 0, 0, 0, 1_000_000, 0, 900, 0, 0, 0, 0, 1_763_719_000]),
    '0x9\tfuture\t1\n',
  ].join('')
  expect(parseLockingState(text)).toEqual({
    requests: 6,
    failed: 1,
    totalMs: 14,
    longestMs: 7,
    waiting: 1,
  })
  expect(parseLockingState('')).toBeUndefined()
})
