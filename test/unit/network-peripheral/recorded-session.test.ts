import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { judgeSession, type SessionVerdict } from '../../../agents/network-peripheral/hang.ts'
import type { SocketSample } from '../../../agents/network-peripheral/socket-sample.ts'

const defaults = { hangSamples: 2, hangMs: 13_000 }
/** Samples lie five seconds apart. */
const STEP_MS = 5_000
/** Of the monitor, in samples: 5, 10, 15 and 30 s. */
const INTERVALS = [1, 2, 3, 6]

interface Recorded {
  readonly atMs: number
  readonly sample: SocketSample
}

/** What record-session.ts saw of Zigbee2MQTT 2.14.1 against the played coordinator in 48 minutes each. */
function recorded(traffic: 'idle' | 'busy'): readonly Recorded[] {
  const lines = readFileSync(join(import.meta.dirname, `recorded/${traffic}.txt`), 'utf8').split('\n')
  return lines.flatMap(line => {
    if (line === '' || line.startsWith('#')) return []
    const [atMs = NaN, id = NaN, sent = NaN, received = NaN, acked = NaN, pending, backoff = NaN, silentMs] =
      line.split(' ').map(Number)
    const sample = {
      id: String(id),
      sent,
      received,
      acked,
      pending: pending === 1,
      backoff,
      silentMs: Number.isNaN(silentMs) ? undefined : silentMs,
    }
    return [{ atMs, sample }]
  })
}

/** Verdicts of a monitor that looks at every so manieth sample from the one given on. */
function replayed(record: readonly Recorded[], every: number, from = 0): readonly SessionVerdict[] {
  let watch: Parameters<typeof judgeSession>[0]
  return record.slice(from).flatMap(({ atMs, sample }, index) => {
    if (index % every !== 0) return []
    const judged = judgeSession(watch, sample, 1_000_000 + atMs, defaults)
    watch = judged.watch
    return [judged.verdict]
  })
}

/** A stretch of the record as of a radio that hangs after its first samples: the bridge acknowledges, nothing comes. */
function hanging(stretch: readonly Recorded[], well: number): readonly Recorded[] {
  const received = stretch[well - 1]?.sample.received ?? 0
  return stretch.map((one, index) => {
    const { sample } = one
    if (index < well) return one
    return { ...one, sample: { ...sample, received, acked: sample.sent, pending: false, backoff: 0 } }
  })
}

test('an hour and more was recorded, half of it without traffic', () => {
  for (const traffic of ['idle', 'busy'] as const)
    expect(recorded(traffic).at(-1)?.atMs).toBeGreaterThan(30 * 60_000)
})

describe.each(['idle', 'busy'] as const)('a recorded session with %s traffic', traffic => {
  test.each(INTERVALS)('raises no alarm in any phase of a monitor at every %i. sample', every => {
    const record = recorded(traffic)
    for (let phase = 0; phase < every; phase += 1) {
      const verdicts = replayed(record, every, phase)
      expect(verdicts.length).toBeGreaterThan((30 * 60_000) / STEP_MS / every)
      expect(verdicts.filter(one => one === 'hung' || one === 'path-dead' || one === 'unanswered')).toEqual(
        [],
      )
    }
  })
})

test('a radio that hangs at any instant of the busy one is seen within 60 s by a monitor at 15 s', () => {
  const record = recorded('busy')
  const [well, minute] = [6, 60_000 / STEP_MS]
  const unseen: string[] = []
  for (let from = 0; from + well + minute <= record.length; from += 1) {
    const stretch = hanging(record.slice(from, from + well + minute), well)
    for (let phase = 0; phase < 3; phase += 1) {
      const verdicts = replayed(stretch, 3, phase)
      if (!verdicts.includes('hung')) unseen.push(`sample ${from}, phase ${phase}: ${verdicts.join(' ')}`)
    }
  }
  expect(unseen).toEqual([])
})
