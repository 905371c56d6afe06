import { describe, expect, test } from 'vitest'
import {
  begin,
  inPhase,
  latest,
  mayPay,
  nextPhase,
  noRecovery,
  obstacle,
  owesPower,
  parseRecovery,
  phases,
  recoveryText,
} from '../../../agents/network-peripheral/recovery-state.ts'

const limits = { recoveryLimit: 3, recoveryCooldownMs: 600_000 }
const now = 1_763_724_000
const begun = begin(noRecovery, 'n1', now)
const on = inPhase(inPhase(begun, 'dark'), 'on')

describe('a recovery as the nodes tell each other', () => {
  test.each([noRecovery, begun, inPhase(begun, 'dark'), on])(
    'is read as it was written: $phase',
    recovery => {
      expect(parseRecovery(recoveryText(recovery))).toEqual(recovery)
    },
  )

  test.each(['', 'off', 'off;n1;x;', 'away;n1;1;', 'off;n 1;1;', 'off;n1;1;5,,6', '\n'])(
    '%j is nobody’s',
    text => {
      expect(parseRecovery(text)).toBeUndefined()
      expect(latest([text])).toEqual(noRecovery)
    },
  )

  test('is the latest one that any node holds', () => {
    expect(latest([recoveryText(begun), recoveryText(on), 'broken', recoveryText(noRecovery)])).toEqual(on)
  })
})

describe('an ON that is owed', () => {
  test('is owed from before the cut until it is paid', () => {
    expect(phases.filter(phase => owesPower({ ...begun, phase }))).toEqual(['off', 'dark', 'undo'])
  })

  test('is paid at once by the node that cut, whatever became of its action', () => {
    expect(mayPay(begun, 'n1', 0)).toBe(true)
    expect(mayPay(inPhase(begun, 'dark'), 'n1', 0)).toBe(true)
  })

  test('is paid by another node after the cut can no longer be under way', () => {
    expect(mayPay(begun, 'n2', 24_999)).toBe(false)
    expect(mayPay(begun, 'n2', 25_000)).toBe(true)
    expect(mayPay(inPhase(begun, 'dark'), 'n2', 4999)).toBe(false)
    expect(mayPay(inPhase(begun, 'dark'), 'n2', 5000)).toBe(true)
  })

  test('is not paid twice', () => {
    expect(mayPay(on, 'n1', 60_000)).toBe(false)
  })
})

describe('after the ON', () => {
  const view = { node: 'n1', ageMs: 15_000, up: false, answers: false }

  test('the node that began waits for the device, then has the service restarted', () => {
    expect(nextPhase(on, view)).toBeUndefined()
    expect(nextPhase(on, { ...view, up: true })).toBe('restart')
    expect(nextPhase(inPhase(on, 'restart'), { ...view, up: true })).toBeUndefined()
    expect(nextPhase(inPhase(on, 'restart'), { ...view, up: true, answers: true })).toBe('done')
  })

  test('no other node goes on with it', () => {
    expect(nextPhase(on, { ...view, node: 'n2', up: true })).toBeUndefined()
  })

  test('it has failed when the device or its service is silent for three minutes', () => {
    expect(nextPhase(on, { ...view, ageMs: 180_000 })).toBe('failed')
    expect(nextPhase(inPhase(on, 'restart'), { ...view, ageMs: 180_000, up: true })).toBe('failed')
  })
})

describe('another recovery', () => {
  const over = inPhase(on, 'done')

  test('may begin after the cooldown', () => {
    expect(obstacle(noRecovery, now, 0, limits)).toBeUndefined()
    expect(obstacle(over, now + 599, 0, limits)).toContain('recovery_cooldown')
    expect(obstacle(over, now + 600, 0, limits)).toBeUndefined()
  })

  test('may not begin while one is under way, on whatever node', () => {
    expect(obstacle(begun, now + 3600, 0, limits)).toContain('under way')
    expect(obstacle(on, now + 3600, 0, limits)).toContain('under way')
  })

  test('is not kept off for ever by a node that fell over while it waited', () => {
    expect(obstacle(on, now + 3600, 240_000, limits)).toBeUndefined()
  })

  test('may not begin beyond the limit of a day, over all nodes; a day later it may', () => {
    const third = [1, 2].reduce(
      (recovery, count) => inPhase(begin(recovery, `n${count}`, now + count * 1000), 'failed'),
      over,
    )
    expect(third.history).toHaveLength(3)
    expect(obstacle(third, now + 9000, 0, limits)).toContain('recovery_limit')
    expect(obstacle(third, now + 86_400 + 2000, 0, limits)).toBeUndefined()
  })

  test('is neither allowed nor forbidden for ever by a clock that jumps', () => {
    expect(obstacle(over, now - 100, 0, limits)).toContain('recovery_cooldown')
    expect(obstacle(over, now - 10_000_000, 0, limits)).toBeUndefined()
    expect(obstacle(over, now + 10_000_000, 0, limits)).toBeUndefined()
  })
})
