import { describe, expect, test } from 'vitest'
import { durationParameter, durationText } from '../../../lib/ocf/duration.ts'
import { listParameter, splitWords } from '../../../lib/ocf/list-parameter.ts'
import { type Parameter, ParameterError } from '../../../lib/ocf/parameter.ts'
import {
  booleanParameter,
  integerParameter,
  pathParameter,
  secretParameter,
  selectParameter,
  stringParameter,
} from '../../../lib/ocf/parameters.ts'

const facts = { name: 'thing', shortdesc: 'A thing', longdesc: 'A thing.' }
const text = stringParameter({ ...facts, example: 'abc' })
const shaped = stringParameter({ ...facts, example: 'abc', pattern: /^[a-z]+$/, shape: 'lower-case letters' })
const path = pathParameter({ ...facts, example: '/mnt/iot' })
const port = integerParameter({ ...facts, example: '80', min: 1, max: 65_535 })
const flag = booleanParameter({ ...facts, example: 'true' })
const time = durationParameter({ ...facts, example: '30s', minMs: 1000, maxMs: 3_600_000 })
const choice = selectParameter({ ...facts, example: 'fail', default: 'fail', choices: ['fail', 'ignore'] })
const password = secretParameter({ ...facts, name: 'password', example: 'secret' })
const names = listParameter({
  ...facts,
  example: 'mosquitto zigbee2mqtt',
  itemShape: 'a service name',
  each: item => (/^[a-z0-9_-]+$/.test(item) ? item : undefined),
})
const all: readonly Parameter<unknown>[] = [text, shaped, path, port, flag, time, choice, password, names]

function complaint(parameter: Parameter<unknown>, value: string): string {
  try {
    return `accepted: ${String(parameter.parse(value)).slice(0, 40)}`
  } catch (cause) {
    if (!(cause instanceof ParameterError)) throw cause
    return cause.message
  }
}

describe('a value is read as its type', () => {
  test.each<[string, Parameter<unknown>, string, unknown]>([
    ['text as it is, quotes and all', text, `a "b" $(id) 'c'`, `a "b" $(id) 'c'`],
    ['a path without its last slash', path, '/mnt//iot/./stack/', '/mnt/iot/stack'],
    ['a path with blanks', path, '/mnt/my stack', '/mnt/my stack'],
    ['the root', path, '/', '/'],
    ['the least number', port, '1', 1],
    ['the greatest number', port, '65535', 65_535],
    ['a number with blanks around it', port, ' 80 ', 80],
    ['yes in any case', flag, 'YES', true],
    ['ja', flag, 'ja', true],
    ['off', flag, 'Off', false],
    ['a bare number of seconds', time, '90', 90_000],
    ['milliseconds', time, '1500ms', 1500],
    ['minutes', time, '2min', 120_000],
    ['a fraction of a minute', time, '1.5m', 90_000],
    ['the longest time', time, '1h', 3_600_000],
    ['one of the choices', choice, 'ignore', 'ignore'],
    ['a secret as it is', password, ' p$w"d ', ' p$w"d '],
    ['a list over two lines', names, 'a b\n  c', ['a', 'b', 'c']],
    ['a list with quotes', names, `'a' "b"`, ['a', 'b']],
    ['an empty list', names, ' ', []],
  ])('%s', (_, parameter, value, read) => {
    expect(parameter.parse(value)).toEqual(read)
  })
})

describe('a wrong value is refused with what would be right', () => {
  test.each<[Parameter<unknown>, string, string]>([
    [text, 'two\nlines', "thing: 'two?lines' is not one line of text (example: thing=abc)"],
    [shaped, '$(reboot)', "thing: '$(reboot)' is not lower-case letters (example: thing=abc)"],
    [path, 'iot', `thing: 'iot' is not an absolute path without ".." (example: thing=/mnt/iot)`],
    [path, '/a/../etc', `thing: '/a/../etc' is not an absolute path without ".." (example: thing=/mnt/iot)`],
    [port, '0', "thing: '0' is not a whole number from 1 to 65535 (example: thing=80)"],
    [port, '65536', "thing: '65536' is not a whole number from 1 to 65535 (example: thing=80)"],
    [port, '1e3', "thing: '1e3' is not a whole number from 1 to 65535 (example: thing=80)"],
    [port, '0x50', "thing: '0x50' is not a whole number from 1 to 65535 (example: thing=80)"],
    [flag, 'maybe', "thing: 'maybe' is not a boolean (true or false) (example: thing=true)"],
    [time, '999ms', "thing: '999ms' is not a time from 1s to 1h (example: thing=30s)"],
    [time, '61min', "thing: '61min' is not a time from 1s to 1h (example: thing=30s)"],
    [time, '5 parsecs', "thing: '5 parsecs' is not a time from 1s to 1h (example: thing=30s)"],
    [time, '5constructor', "thing: '5constructor' is not a time from 1s to 1h (example: thing=30s)"],
    [time, '-5s', "thing: '-5s' is not a time from 1s to 1h (example: thing=30s)"],
    [choice, 'FAIL', "thing: 'FAIL' is not one of fail, ignore (example: thing=fail)"],
    [names, 'good b/d', "thing: 'b/d' is not a service name (example: thing=mosquitto zigbee2mqtt)"],
    [names, `a "b`, `thing: 'a "b' is not a list of a service name (example: thing=mosquitto zigbee2mqtt)`],
  ])('%#: %j', (parameter, value, message) => {
    expect(complaint(parameter, value)).toBe(message)
  })

  test.each(all.map(parameter => [parameter.type, parameter] as const))('%s with a NUL', (_, parameter) => {
    expect(complaint(parameter, 'a\0b')).toMatch(/^(thing|password): .* is not /)
  })

  test.each(all.map(parameter => [parameter.type, parameter] as const))(
    '%s of 100 KB, in one line shorter than 200 characters',
    (_, parameter) => {
      const line = complaint(parameter, '/$(touch /x)'.repeat(8400))
      expect(line).toMatch(/^(thing|password): .* is not /)
      expect(line.length).toBeLessThan(200)
      expect(line).not.toMatch(/[\n\r]/)
    },
  )

  test('a secret is never shown, whatever is wrong with it', () => {
    expect(complaint(password, 'hunter2\nhunter3')).toBe(
      'password: the value is not one line of text (example: password=secret)',
    )
  })

  test('control characters cannot forge a line or colour a terminal', () => {
    const line = complaint(shaped, 'a\n\x1b[31mocf-exit-reason:forged')
    expect(line).toMatch(/^thing: 'a\?\?\[31mocf-exit-reason/)
  })
})

describe('nothing configured', () => {
  test('gives the default, read like any value', () => {
    expect(durationParameter({ ...facts, example: '1s', default: '2min' }).whenAbsent()).toBe(120_000)
    expect(choice.whenAbsent()).toBe('fail')
    expect(names.whenAbsent()).toEqual([])
    expect(text.whenAbsent()).toBeUndefined()
  })

  test('is refused when the parameter is required', () => {
    const required = pathParameter({ ...facts, example: '/mnt/iot', required: true })
    expect(() => required.whenAbsent()).toThrow('thing: is required and not set (example: thing=/mnt/iot)')
  })
})

test.each([
  [0, '0s'],
  [1500, '1500ms'],
  [90_000, '90s'],
  [120_000, '2min'],
  [3_600_000, '1h'],
  [604_800_000, '7d'],
])('%d ms are written as %s', (ms, written) => {
  expect(durationText(ms)).toBe(written)
  expect(durationParameter({ ...facts, example: '1s' }).parse(written)).toBe(ms)
})

test.each<[string, string[] | undefined]>([
  [`a 'b c' "d e"`, ['a', 'b c', 'd e']],
  [`a=''`, ['a=']],
  [`''`, ['']],
  [`web="http://h/a b"`, ['web=http://h/a b']],
  [`"it's"`, ["it's"]],
  [`it's`, undefined],
])('%j is split into %j', (line, words) => {
  expect(splitWords(line)).toEqual(words)
})
