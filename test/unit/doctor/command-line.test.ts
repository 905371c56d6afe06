import { expect, test } from 'vitest'
import { readArguments, usage } from '../../../scripts/doctor/command-line.ts'

test('without options it looks and writes text', () => {
  expect(readArguments([])).toEqual({ kind: 'look', json: false })
  expect(readArguments(['--json'])).toEqual({ kind: 'look', json: true })
})

test('help names every option and every exit code', () => {
  for (const word of ['--json', '--help', '--version', '  0 ', '  1 ', '  2 ', '  3 ', '  64 '])
    expect(usage).toContain(word)
  expect(readArguments(['-h'])).toEqual({ kind: 'help' })
  expect(readArguments(['--version'])).toEqual({ kind: 'version' })
})

test('anything else is refused by its name', () => {
  expect(readArguments(['--json', 'n2'])).toEqual({ kind: 'refused', reason: 'n2: no such option' })
})
