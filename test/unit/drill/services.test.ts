import { expect, test } from 'vitest'
import { readOrder } from '../../../scripts/drill/command-line.ts'
import { parseDnsUrl } from '../../../scripts/drill/dns-question.ts'
import { readServiceList, servicesOf } from '../../../scripts/drill/services.ts'
import { configurationOf } from './sample-cluster.ts'

test('the probes of the stack are asked at its floating address, commands are not', () => {
  expect(servicesOf(configurationOf(), ['p_vip', 'p_stack'])).toEqual([
    { name: 'app', url: 'http://192.0.2.10:8123/api' },
    { name: 'broker', url: 'mqtt://192.0.2.10:1883' },
    { name: 'cam', url: 'tcp://192.0.2.77:554' },
  ])
})

test('without a floating address only what has one of its own is asked', () => {
  const configuration = configurationOf()
  const bare = { ...configuration, resources: configuration.resources.filter(({ id }) => id !== 'p_vip') }
  expect(servicesOf(bare, ['p_stack']).map(({ name }) => name)).toEqual(['cam'])
})

test('a list of services is read with blanks or commas, with names or without', () => {
  const list = readServiceList(
    'ha=http://192.0.2.1:8123/?a=1,b mqtt://192.0.2.1, dns=dns://192.0.2.53/home.arpa',
  )
  expect(list).toEqual({
    ok: true,
    services: [
      { name: 'ha', url: 'http://192.0.2.1:8123/?a=1,b' },
      { name: '192.0.2.1', url: 'mqtt://192.0.2.1' },
      { name: 'dns', url: 'dns://192.0.2.53/home.arpa' },
    ],
  })
})

test.each([
  '',
  'ftp://192.0.2.1/',
  'a=exec:true',
  'a=http://192.0.2.1/ a=http://192.0.2.2/',
  'tcp://192.0.2.1',
])('a list with what cannot be asked is refused: %j', text => {
  expect(readServiceList(text).ok).toBe(false)
})

test('a name server is named by its address, with a port or not', () => {
  expect(parseDnsUrl('dns://192.0.2.53/home.arpa')).toEqual({
    server: '192.0.2.53',
    port: 53,
    name: 'home.arpa',
  })
  expect(parseDnsUrl('dns://[2001:db8::1]:5353/a')).toMatchObject({ server: '2001:db8::1', port: 5353 })
  expect(parseDnsUrl('dns://router/a')).toBeUndefined()
  expect(parseDnsUrl('dns://192.0.2.53:0/a')).toBeUndefined()
})

test('an order is read, and what is not one is said in a line', () => {
  expect(readOrder(['--yes', 'move', 'g_house', '--limit', '60'])).toMatchObject({
    order: { kind: 'move', target: 'g_house', yes: true, limitSeconds: 60 },
  })
  expect(readOrder(['--help'])).toEqual({ kind: 'help' })
  for (const argv of [
    [],
    ['dance'],
    ['move', 'a', 'b'],
    ['move', '--limit', '1'],
    ['fence', '--by-hand'],
    ['--no'],
  ])
    expect(readOrder(argv)).toMatchObject({ kind: 'fault', fault: expect.stringMatching(/^[^\n]{5,200}$/) })
})
