import { expect, test } from 'vitest'
import { parseStringPromise } from 'xml2js'
import { ocfXml } from '../../../metadata/ocf-xml.ts'
import { hostile, sample } from './sample-agent/definition.ts'

/** The document as xml2js reads it: attributes under `$`, children in arrays, text under `_`. */
async function document(definition = sample): Promise<unknown> {
  const parsed: unknown = await parseStringPromise(ocfXml(definition, '1.2.3'))
  return at(parsed, 'resource-agent')
}

function at(value: unknown, ...path: (string | number)[]): unknown {
  let found = value
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined
    found = Reflect.get(found, key)
  }
  return found
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

async function parameter(name: string): Promise<unknown> {
  const parameters = list(at(await document(), 'parameters', 0, 'parameter'))
  return parameters.find(candidate => at(candidate, '$', 'name') === name)
}

test('the document says OCF 1.1, and the agent has the version of the package', async () => {
  const root = await document()
  expect(at(root, '$')).toEqual({ name: 'sample', version: '1.2.3' })
  expect(at(root, 'version', 0)).toBe('1.1')
})

test('the elements stand in the order that the standard demands', async () => {
  const root = await document()
  expect(typeof root === 'object' && root !== null ? Object.keys(root) : []).toEqual([
    '$',
    'version',
    'longdesc',
    'shortdesc',
    'parameters',
    'actions',
  ])
})

test('no encoding is declared and everything is ASCII', () => {
  const xml = ocfXml(sample, '1.2.3')
  expect(xml.startsWith('<?xml version="1.0"?>\n<!DOCTYPE resource-agent [\n')).toBe(true)
  expect(/^[\n -~]*$/.test(xml)).toBe(true)
})

test('hostile text is read back as it was written', async () => {
  const root = await document()
  expect(at(root, 'shortdesc', 0)).toEqual({ _: `Sample agent ${hostile}`, $: { lang: 'en' } })
  expect(at(root, 'longdesc', 0, '_')).toContain(hostile)
  expect(at(await parameter('project'), 'content', 0, '$', 'default')).toBe(`a "b" <c> 'd' & \\e`)
})

test('a text that XML cannot carry is refused', () => {
  expect(() => ocfXml({ ...sample, shortdesc: 'bell \x07' }, '1')).toThrow('U+0007')
})

test.each([
  ['directory', 'string', undefined],
  ['port', 'integer', '1883'],
  ['strict', 'boolean', 'true'],
  ['patience', 'string', '30s'],
  ['services', 'string', undefined],
  ['unhealthy', 'select', 'fail'],
  ['password', 'string', undefined],
])('the content of %s is %s with default %s', async (name, type, defaultText) => {
  const expected = defaultText === undefined ? { type } : { type, default: defaultText }
  expect(at(await parameter(name), 'content', 0, '$')).toEqual(expected)
})

test('a select lists its options', async () => {
  const options = list(at(await parameter('unhealthy'), 'content', 0, 'option'))
  expect(options.map(option => at(option, '$', 'value'))).toEqual(['fail', 'ignore'])
})

test('required, reloadable and unique are told', async () => {
  expect(at(await parameter('directory'), '$')).toEqual({
    name: 'directory',
    required: '1',
    unique: '1',
    'unique-group': 'directory',
    reloadable: '0',
  })
  expect(at(await parameter('patience'), '$')).toEqual({ name: 'patience', required: '0', reloadable: '1' })
})

test('a parameter unique only together with another is not said to be unique alone', async () => {
  expect(at(await parameter('port'), '$', 'unique-group')).toBe('endpoint')
  expect(at(await parameter('port'), '$', 'unique')).toBeUndefined()
})

test.each(['wait_time', 'wait'])('former name %s points at its replacement', async name => {
  const former = await parameter(name)
  expect(at(former, 'deprecated', 0, 'replaced-with', 0, '$', 'name')).toBe('patience')
  expect(at(former, '$', 'required')).toBe('0')
})

test('bounds, unit and example are told', async () => {
  expect(at(await parameter('patience'), 'longdesc', 0, '_')).toContain(
    'Expected: a time from 1s to 1h; a bare number is in seconds. Example: 45s',
  )
  expect(at(await parameter('memory'), 'longdesc', 0, '_')).toContain('from 0 to 10, in MiB. Example: 5')
})

test('actions have their times in seconds, and the cheapest monitor comes first', async () => {
  const actions = list(at(await document(), 'actions', 0, 'action')).map(action => at(action, '$'))
  expect(actions).toEqual([
    { name: 'start', timeout: '120s' },
    { name: 'stop', timeout: '100s' },
    { name: 'monitor', timeout: '20s', interval: '15s', depth: '0' },
    { name: 'monitor', timeout: '60s', interval: '61s', depth: '10' },
    { name: 'reload-agent', timeout: '20s' },
    { name: 'notify', timeout: '20s' },
    { name: 'validate-all', timeout: '20s' },
    { name: 'meta-data', timeout: '5s' },
  ])
})
