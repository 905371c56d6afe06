import { expect, test } from 'vitest'
import { oneLine } from '../../../lib/ocf/exit-reason.ts'

test.each([
  ['one\ntwo\r\nthree', 'one two three'],
  ['tab\tand  blanks ', 'tab and blanks'],
  ['\x1b[31mred\x7f\0', '[31mred'],
  ['Küche €', 'Küche €'],
  ['', ''],
])('%j becomes %j', (text, line) => {
  expect(oneLine(text)).toBe(line)
})

test('a reason without end is cut below 200 characters, and shows it', () => {
  const line = oneLine('x\n'.repeat(50_000))
  expect(line.length).toBe(199)
  expect(line.endsWith('...')).toBe(true)
})

test('a reason of 199 characters is left whole', () => {
  const text = 'x'.repeat(199)
  expect(oneLine(text)).toBe(text)
})
