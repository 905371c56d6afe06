import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lookAtFencingMemory } from '../../../scripts/doctor/sources/fencing-memory.ts'
import { readCompressed, rotatedLogs } from '../../../scripts/doctor/sources/rotated-logs.ts'
import { captured } from './captured-text.ts'

const LOG = captured('returned', 'pacemaker-log.txt')
const [STARTED = '', ...FENCINGS] = LOG.trim().split('\n')
const [OF_N3 = '', OF_N2 = ''] = FENCINGS

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haha-logs-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A file as logrotate leaves it, last written at noon of a day of 2026. */
function lay(end: string, day: string, ...lines: readonly string[]): void {
  const path = join(folder, `pacemaker.log${end}`)
  const text = lines.map(line => `${line}\n`).join('')
  writeFileSync(path, end.endsWith('.gz') ? gzipSync(text) : text)
  const at = new Date(`2026-${day}T12:00:00`)
  utimesSync(path, at, at)
}

const on = (day: string, line: string) => line.replace(/^Nov 22/, day)
const look = () => lookAtFencingMemory(10_000, join(folder, 'pacemaker.log'))
const since = (...time: readonly [number, number, number, number, number, number]) =>
  new Date(...time).getTime()

describe.each([
  ['as Debian rotates it', '-20261115.gz', '-20261108.gz'],
  ['as others do', '.1', '.2.gz'],
])('Pacemaker log, %s', (_how, newer, older) => {
  test('a fencing that was put away twice is remembered, and since when', async () => {
    lay('', '11-22', STARTED, OF_N3)
    lay(newer, '11-15', on('Nov 09', STARTED))
    lay(older, '11-08', on('Nov 02', STARTED), on('Nov 03', OF_N2))
    expect(await look()).toEqual({ fenced: ['n2', 'n3'], sinceMs: since(2026, 10, 2, 4, 8, 12) })
  })
})

test('a log of last year is known to be one by the day on which it was put away', async () => {
  lay('', '11-22', STARTED)
  lay('-20260104.gz', '01-04', on('Dec 28', STARTED), on('Jan 02', OF_N2))
  expect(await look()).toEqual({ fenced: ['n2'], sinceMs: since(2025, 11, 28, 4, 8, 12) })
})

test('what somebody confirmed by hand proves nothing in an older log either', async () => {
  lay('', '11-22', STARTED)
  lay('.2.gz', '11-08', on('Nov 02', STARTED), OF_N2.replace('by n1 for', 'by a human for'))
  expect((await look()).fenced).toEqual([])
})

test('behind a log that is cut off nothing is believed, and what is newer is told', async () => {
  lay('', '11-22', STARTED, OF_N3)
  writeFileSync(join(folder, 'pacemaker.log.2.gz'), gzipSync(LOG.repeat(9)).subarray(0, 90))
  lay('.3.gz', '11-01', on('Oct 20', STARTED), on('Oct 20', OF_N2))
  expect(await look()).toEqual({ fenced: ['n3'], sinceMs: since(2026, 10, 22, 4, 8, 12) })
})

test('where there is no log nothing is known, and no time is made up', async () => {
  expect(await look()).toEqual({ fenced: [], sinceMs: undefined })
})

test('every line is found wherever a block of what is unpacked ends, and others are not', async () => {
  const lines = Array.from({ length: 3000 }, (_, at) =>
    at % 3 === 1 ? `${OF_N2} ${at}` : `${STARTED} ${at}`,
  )
  lay('.2.gz', '11-08', ...lines)
  lay('.log.2.gz', '11-08', OF_N3)
  const logs = rotatedLogs(join(folder, 'pacemaker.log'))
  const { found, oldest } = await readCompressed(logs, "Operation '", 10_000)
  expect(found).toEqual(lines.filter(line => line.includes("Operation '")))
  expect(oldest?.line).toBe(`${STARTED} 0`)
})

test('a wait that is over ends the reading', async () => {
  lay('.2.gz', '11-08', `${OF_N2}\n`.repeat(200_000))
  const { oldest } = await readCompressed(rotatedLogs(join(folder, 'pacemaker.log')), "Operation '", 1)
  expect(oldest).toBeUndefined()
})
