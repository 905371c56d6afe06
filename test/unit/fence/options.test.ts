import { expect, test } from 'vitest'
import { parseArgvOptions, UsageError } from '../../../fence/argv-options.ts'
import { commonOptions } from '../../../fence/common-options.ts'
import { optionReader } from '../../../fence/options.ts'
import { plugMeans, splitPlugs } from '../../../fence/plugs.ts'
import { parseStdinOptions } from '../../../fence/stdin-options.ts'

const all = Object.values(commonOptions)

test('lines are trimmed, comments and blank lines skipped, the last of a key wins', () => {
  const { given } = parseStdinOptions('# c\n\n  ip = 192.0.2.1 \nip=192.0.2.2\r\npassword=a=b\n')
  expect(Object.fromEntries(given)).toEqual({ ip: '192.0.2.2', password: 'a=b' })
})

test('one pair of outer quotes is taken off, inner ones stay', () => {
  const { given } = parseStdinOptions(`a="x y"\nb='x'\nc=""x""\nd="x\ne=x"`)
  expect(Object.fromEntries(given)).toEqual({ a: 'x y', b: 'x', c: '"x"', d: '"x', e: 'x"' })
})

test('a dash in a name equals an underscore, and old names are accepted', () => {
  const read = optionReader(parseStdinOptions('shell-timeout=7\nipaddr=192.0.2.1\nlogin=me\nport=3').given)
  expect(read(commonOptions.shellTimeout)).toBe(7000)
  expect(read(commonOptions.ip)).toBe('192.0.2.1')
  expect(read(commonOptions.username)).toBe('me')
  expect(read(commonOptions.plug)).toBe('3')
})

test('plug is preferred where port differs', () => {
  expect(optionReader(parseStdinOptions('port=node1\nplug=7').given)(commonOptions.plug)).toBe('7')
})

test('a line without = is counted and never becomes an option', () => {
  expect(parseStdinOptions('half of a password\n=x\naction=off')).toMatchObject({ strayLines: 2 })
})

test('a value of the wrong type names option, value and what is expected', () => {
  const read = optionReader(parseStdinOptions('ipport=http').given)
  expect(() => read(commonOptions.ipport)).toThrow(/ipport: 'http' is not a whole number/)
})

test('the value of a secret is not in the error about it', () => {
  const read = optionReader(new Map([['password', 'hunter\0two']]))
  expect(() => read(commonOptions.password)).toThrow(/^password: the value is not one line of text/)
})

test('arguments are taken in every usual form', () => {
  for (const args of [
    ['-o', 'off', '-z', '-n', '1'],
    ['-ooff', '-zn1'],
    ['--action=off', '--ssl', '--plug', '1'],
    ['--option=off', '-z', '--port=1'],
  ])
    expect(Object.fromEntries(parseArgvOptions(args, all))).toEqual({ action: 'off', ssl: '1', plug: '1' })
})

test('an unknown argument is refused without showing a value', () => {
  expect(() => parseArgvOptions(['--pasword=hunter2'], all)).toThrow(UsageError)
  expect(() => parseArgvOptions(['--pasword=hunter2'], all)).not.toThrow(/hunter2/)
  expect(() => parseArgvOptions(['hunter2'], all)).not.toThrow(/hunter2/)
})

test('every option has its own name and letter', () => {
  const names = all.flatMap(({ parameter }) => [parameter.name, ...(parameter.deprecatedNames ?? [])])
  const letters = all.flatMap(({ letter }) => letter ?? [])
  expect(new Set(names).size).toBe(names.length)
  expect(new Set(letters).size).toBe(letters.length)
})

test('several plugs are split, an empty one is refused', () => {
  expect(splitPlugs('1, 2,1', ',')).toEqual(['1', '2'])
  expect(splitPlugs('a;b', ';')).toEqual(['a', 'b'])
  expect(() => splitPlugs('1,', ',')).toThrow(/empty outlet/)
})

test('a name with a space is meant by its forms without one', () => {
  expect(['Rack Left', 'Rack_Left', 'Rack%20Left'].map(plug => plugMeans(plug, 'Rack Left'))).toEqual([
    true,
    true,
    true,
  ])
  expect(plugMeans('Rack', 'Rack Left')).toBe(false)
  expect(plugMeans('%zz', 'Rack Left')).toBe(false)
})
