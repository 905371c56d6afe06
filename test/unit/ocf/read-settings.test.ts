import { describe, expect, test } from 'vitest'
import type { AgentDefinition } from '../../../lib/ocf/definition.ts'
import { readInvocation } from '../../../lib/ocf/invocation.ts'
import { ParameterError } from '../../../lib/ocf/parameter.ts'
import {
  integerParameter,
  pathParameter,
  secretParameter,
  stringParameter,
} from '../../../lib/ocf/parameters.ts'
import {
  forgivingReader,
  recordable,
  strictReader,
  unknownParameters,
} from '../../../lib/ocf/read-settings.ts'
import { noState, type State } from '../../../lib/ocf/state-file.ts'
import { sample } from '../metadata/sample-agent/definition.ts'

const facts = { shortdesc: 'A thing', longdesc: 'A thing.' }
const directory = pathParameter({ ...facts, name: 'directory', example: '/mnt/iot', required: true })
const project = stringParameter({ ...facts, name: 'project', example: 'iot', default: 'haha' })
const port = integerParameter({
  ...facts,
  name: 'port',
  example: '1883',
  default: '1883',
  min: 1,
  max: 65_535,
  deprecatedNames: ['mqtt_port', 'tcp_port'],
})
const password = secretParameter({ ...facts, name: 'password', example: 'secret' })
const definition: AgentDefinition = { ...sample, parameters: [directory, project, port, password] }

function invocation(action: string, parameters: Readonly<Record<string, string>>) {
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(parameters)) environment[`OCF_RESKEY_${name}`] = value
  return readInvocation(definition, action, environment)
}

const started = (parameters: Readonly<Record<string, string>>): State => ({
  ...noState,
  active: true,
  parameters,
})

describe('strictly (start, validate-all, reload-agent)', () => {
  const read = (parameters: Readonly<Record<string, string>>) => strictReader(invocation('start', parameters))

  test('a wrong value is an error although there is a default', () => {
    expect(() => read({ port: 'many' })(port)).toThrow(ParameterError)
  })

  test('an empty value counts as not set', () => {
    expect(read({ port: '' })(port)).toBe(1883)
    expect(() => read({ directory: ' ' })(directory)).toThrow('directory: is required and not set')
  })

  test.each(['mqtt_port', 'tcp_port'])('the former name %s is still read', name => {
    expect(read({ [name]: '99' })(port)).toBe(99)
  })

  test('the present name goes before a former one', () => {
    expect(read({ mqtt_port: '99', port: '42' })(port)).toBe(42)
  })
})

describe('forgivingly (monitor, stop)', () => {
  test('a wrong value gives way to what start validated, then to the default', () => {
    const wrong = invocation('monitor', { port: 'many' })
    expect(forgivingReader(wrong, started({ port: '99' }))(port)).toBe(99)
    expect(forgivingReader(wrong, started({ port: 'also wrong' }))(port)).toBe(1883)
    expect(forgivingReader(wrong, noState)(port)).toBe(1883)
  })

  test('a required value is taken from the start when it was removed since', () => {
    const read = forgivingReader(invocation('monitor', {}), started({ directory: '/mnt/iot' }))
    expect(read(directory)).toBe('/mnt/iot')
  })

  test('a required value that was never there is an error', () => {
    expect(() => forgivingReader(invocation('stop', {}), noState)(directory)).toThrow(ParameterError)
  })

  test('a monitor reads what is configured now, a stop what was started', () => {
    const parameters = { directory: '/mnt/new' }
    const state = started({ directory: '/mnt/old' })
    expect(forgivingReader(invocation('monitor', parameters), state)(directory)).toBe('/mnt/new')
    expect(forgivingReader(invocation('stop', parameters), state)(directory)).toBe('/mnt/old')
  })

  test('a stop of what was started with a default stops that, not what was configured since', () => {
    const state = started({ directory: '/mnt/iot' })
    const read = forgivingReader(invocation('stop', { directory: '/mnt/iot', project: 'other' }), state)
    expect(read(project)).toBe('haha')
  })

  test('a stop reads a secret from the configuration, where alone it is', () => {
    const read = forgivingReader(invocation('stop', { password: 'p' }), started({ directory: '/a' }))
    expect(read(password)).toBe('p')
  })

  test('a stop of what was never started here reads the configuration', () => {
    expect(forgivingReader(invocation('stop', { project: 'other' }), noState)(project)).toBe('other')
  })
})

test('the record has present names and no secret', () => {
  const parameters = { directory: '/mnt/iot', tcp_port: '99', password: 'p', stray: 'x', project: '' }
  expect(recordable(definition, invocation('start', parameters))).toEqual({
    directory: '/mnt/iot',
    port: '99',
  })
})

test('a misspelt name is found, a former one is none', () => {
  expect(unknownParameters(definition, invocation('start', { dirctory: '/a', mqtt_port: '1' }))).toEqual([
    'dirctory',
  ])
})
