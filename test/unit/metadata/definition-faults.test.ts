import { expect, test } from 'vitest'
import type { ActionAdvice } from '../../../lib/ocf/definition.ts'
import { durationParameter } from '../../../lib/ocf/duration.ts'
import { integerParameter } from '../../../lib/ocf/parameters.ts'
import { definitionFaults } from '../../../metadata/definition-faults.ts'
import { sample } from './sample-agent/definition.ts'

const facts = { shortdesc: 'x', longdesc: 'x' }

function withAction(action: ActionAdvice): string[] {
  return definitionFaults({ ...sample, actions: [...sample.actions, action] })
}

test('the sample has no faults', () => {
  expect(definitionFaults(sample)).toEqual([])
})

test('two monitors never share an interval or a depth', () => {
  expect(withAction({ name: 'monitor', timeoutSeconds: 5, intervalSeconds: 61, depth: 20 })).toEqual([
    'two monitors share an interval',
  ])
  expect(withAction({ name: 'monitor', timeoutSeconds: 5, intervalSeconds: 300, depth: 10 })).toEqual([
    'two monitors share a depth',
  ])
})

test('a monitor without an interval, and an interval on another action, are refused', () => {
  expect(withAction({ name: 'monitor', timeoutSeconds: 5, depth: 20 })).toEqual(['a monitor has no interval'])
  expect(definitionFaults({ ...sample, actions: sample.actions.map(misplaceInterval) })).toEqual([
    'action notify has a depth or an interval, which only monitor can have',
  ])
})

function misplaceInterval(action: ActionAdvice): ActionAdvice {
  return action.name === 'notify' ? { ...action, intervalSeconds: 10 } : action
}

test('a missing action is named', () => {
  const actions = sample.actions.filter(action => action.name !== 'stop' && action.name !== 'reload-agent')
  expect(definitionFaults({ ...sample, actions })).toEqual([
    'action stop is missing',
    'a parameter is reloadable, but action reload-agent is missing',
  ])
})

test('an example or a default that the parameter itself refuses is a fault', () => {
  const port = integerParameter({ ...facts, name: 'port', min: 1, max: 9, default: '0', example: 'ten' })
  expect(definitionFaults({ ...sample, parameters: [port] }).slice(0, 2)).toEqual([
    expect.stringContaining("'ten' is not a whole number from 1 to 9"),
    expect.stringContaining("'0' is not a whole number from 1 to 9"),
  ])
})

test('a duration without a unit is refused as a default', () => {
  const wait = durationParameter({ ...facts, name: 'patience', default: '30', example: '30s' })
  expect(definitionFaults({ ...sample, parameters: [wait] })).toContain(
    "patience: the default '30' has no unit",
  )
})

test('a former name that is a parameter of its own is refused', () => {
  const twice = integerParameter({
    ...facts,
    name: 'late',
    min: 0,
    max: 1,
    example: '1',
    deprecatedNames: ['port', 'Bad'],
  })
  expect(definitionFaults({ ...sample, parameters: [...sample.parameters, twice] })).toEqual([
    "parameter 'port' is declared twice",
    "parameter 'Bad' is not [a-z][a-z0-9_]*",
  ])
})

test('an example of another agent, or one that is not a primitive, is refused', () => {
  expect(definitionFaults({ ...sample, example: 'primitive p ocf:haha:other' })).toEqual([
    'example: is not a primitive of ocf:haha:sample',
  ])
  expect(definitionFaults({ ...sample, example: 'clone c p' })).toEqual([
    expect.stringContaining('expected "primitive <id>'),
  ])
})
