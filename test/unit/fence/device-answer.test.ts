import { expect, test } from 'vitest'
import { jsonObjects } from '../../../fence/device-answer.ts'
import { at, booleanAt, itemsAt, numberAt } from '../../../lib/ocf/json.ts'

test('objects that a device ran together are read one by one', () => {
  expect(jsonObjects('noise {"a":"}"}\n{"b":{"c":"\\"{"}} tail')).toEqual([{ a: '}' }, { b: { c: '"{' } }])
})

test('an object that is cut off is not there', () => {
  expect(jsonObjects('{"POWER":"OFF"')).toEqual([])
  expect(jsonObjects('{"POWER":OFF}')).toEqual([])
})

test('nothing is taken for what it only looks like', () => {
  expect(numberAt({ a: '1' }, 'a')).toBeUndefined()
  expect(booleanAt({ a: 'false' }, 'a')).toBeUndefined()
  expect(booleanAt({ a: 0 }, 'a')).toBeUndefined()
  expect(at({}, 'constructor')).toBeUndefined()
  expect(at(null, 'a')).toBeUndefined()
  expect(itemsAt({ a: { 0: 1 } }, 'a')).toEqual([])
})
