import { expect, test } from 'vitest'
import { readEnvironment } from '../../../agents/ollama-gpu/env-file.ts'

test('comments, empty lines, quotes and Windows line ends are read as systemd reads them', () => {
  const text = '# one\n; two\n\nA=1\r\nB="x y"\nC=\'$HOME\'\nD=\nE=a=b # no comment\n'
  expect(readEnvironment(text)).toEqual({
    variables: { A: '1', B: 'x y', C: '$HOME', D: '', E: 'a=b # no comment' },
    broken: [],
  })
})

test('a line that cannot be used is told by its number, and the others are kept', () => {
  const text = 'A=1\nexport B=2\n2C=3\nD="open\nE=\0\nF=6'
  expect(readEnvironment(text)).toEqual({
    variables: { A: '1', F: '6' },
    broken: [
      { line: 2, problem: 'is not NAME=value' },
      { line: 3, problem: 'is not NAME=value' },
      { line: 4, problem: 'has a quote that is not closed' },
      { line: 5, problem: 'holds a NUL' },
    ],
  })
})

test('a name of every object is a variable like any other', () => {
  expect(Object.entries(readEnvironment('constructor=1\ntoString=2\n').variables)).toEqual([
    ['constructor', '1'],
    ['toString', '2'],
  ])
})
