import { describe, expect, test } from 'vitest'
import { judgeSession, type SessionWatch } from '../../../agents/network-peripheral/hang.ts'
import type { SocketSample } from '../../../agents/network-peripheral/socket-sample.ts'

const limits = { hangSamples: 2, hangMs: 13_000 }

/** Samples as [second, sent, received, more], judged one after the other. */
function verdicts(...samples: readonly (readonly [number, number, number, Partial<SocketSample>?])[]) {
  let watch: SessionWatch | undefined
  return samples.map(([second, sent, received, more]) => {
    const sample = { id: 'a', sent, received, acked: sent, pending: false, backoff: 0, silentMs: 0, ...more }
    const judged = judgeSession(watch, sample, second * 1000, limits)
    watch = judged.watch
    return judged.verdict
  })
}

describe('a radio that hangs behind a live bridge', () => {
  test('is seen in the second sample without an answer, 13 s after the first', () => {
    expect(verdicts([100, 50, 50], [115, 60, 50], [130, 70, 50])).toEqual(['answers', 'unanswered', 'hung'])
  })

  test('is not called hung before two requests of Zigbee2MQTT would have timed out', () => {
    expect(verdicts([100, 50, 50], [105, 60, 50], [110, 70, 50], [117, 80, 50], [118, 90, 50])).toEqual([
      'answers',
      'unanswered',
      'unanswered',
      'unanswered',
      'hung',
    ])
  })

  test('at the start of Zigbee2MQTT is seen through all its new connections', () => {
    expect(verdicts([100, 9, 0, { id: 'a' }], [115, 9, 0, { id: 'b' }], [130, 9, 0, { id: 'c' }])).toEqual([
      'unanswered',
      'hung',
      'hung',
    ])
  })

  test('stays hung while Zigbee2MQTT says nothing, until a byte comes', () => {
    expect(verdicts([100, 5, 0], [115, 9, 0], [130, 9, 0], [145, 9, 1])).toEqual([
      'unanswered',
      'hung',
      'hung',
      'answers',
    ])
  })
})

describe('what is no hang', () => {
  test('a quiet house: nobody sends', () => {
    expect(verdicts([100, 50, 50], [115, 50, 50], [1000, 50, 50])).toEqual(['answers', 'idle', 'idle'])
  })

  test('one late answer', () => {
    expect(verdicts([100, 50, 50], [115, 60, 50], [130, 70, 60])).toEqual([
      'answers',
      'unanswered',
      'answers',
    ])
  })

  test('one request, however long ago: it may have wanted no answer', () => {
    expect(verdicts([100, 50, 50], [115, 60, 50], [500, 60, 50])).toEqual(['answers', 'unanswered', 'idle'])
  })

  test('a dead path, which is no evidence of the radio', () => {
    const dead = { pending: true, backoff: 4 }
    expect(verdicts([100, 50, 50], [115, 60, 50, dead], [130, 60, 50, dead], [145, 60, 50, dead])).toEqual([
      'answers',
      'path-dead',
      'path-dead',
      'path-dead',
    ])
    const stuck = { pending: true, acked: 50 }
    expect(verdicts([100, 50, 50], [115, 60, 50, stuck], [130, 70, 50, stuck])).toEqual([
      'answers',
      'under-way',
      'path-dead',
    ])
  })
})
