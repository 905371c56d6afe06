import { expect, test } from 'vitest'
import { type Answer, allAnswer, answerLine, readAnswer } from '../../../scripts/drill/answers.ts'

/** Answers every 100 ms from 0 on; `.` is good, `x` missed. */
const heard = (pattern: string, service = 'mosquitto'): Answer[] =>
  [...pattern].map((sign, index) => ({
    service,
    sentMs: index * 100,
    doneMs: index * 100 + 10,
    ok: sign === '.',
  }))
const steady = '.'.repeat(12)

test('all services answer only when each has answered for a second after its last miss', () => {
  const both = [...heard(`x${steady}`, 'mosquitto'), ...heard(`xxxxx${steady}`, 'node-red')]
  expect(allAnswer(both, ['mosquitto', 'node-red'], 0)).toBe(true)
  expect(allAnswer(both, ['mosquitto', 'node-red', 'esphome'], 0)).toBe(false)
  expect(allAnswer(heard(`${steady}x`), ['mosquitto'], 0)).toBe(false)
  expect(allAnswer(heard(steady), ['mosquitto'], 800)).toBe(false)
})

test('a line of the client is read back, and half a line is not', () => {
  const answer: Answer = { service: 'esphome', sentMs: 1, doneMs: 2, ok: true }
  expect(readAnswer(answerLine(answer))).toEqual(answer)
  expect(readAnswer('["esphome",1,')).toBeUndefined()
  expect(readAnswer('["esphome",1,2,"yes"]')).toBeUndefined()
})
