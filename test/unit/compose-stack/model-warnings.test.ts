import { expect, test } from 'vitest'
import { modelWarnings } from '../../../agents/compose-stack/model-warnings.ts'
import { readSettings } from '../../../agents/compose-stack/parameters.ts'

function warnings(services: object, parameters: Readonly<Record<string, string>> = {}): readonly string[] {
  const given: Readonly<Record<string, string>> = { directory: '/srv/stack', ...parameters }
  const settings = readSettings(parameter => {
    const text = given[parameter.name]
    return text === undefined ? parameter.whenAbsent() : parameter.parse(text)
  })
  return modelWarnings(settings, JSON.stringify({ services }))
}

const watched = { healthcheck: { test: ['CMD', 'true'], interval: '5s' } }

test('a stack that is watched and has no restart policies gets none', () => {
  expect(warnings({ one: watched, two: {} }, { probes: 'two=tcp://127.0.0.1:80' })).toEqual([])
})

test('a restart policy is told with what replaces it', () => {
  expect(warnings({ one: { ...watched, restart: 'unless-stopped' } })).toEqual([
    'service one: restart: unless-stopped is switched off under the cluster (local_restarts replaces it); remove it',
  ])
})

test('services that nobody watches are named, one-shots are not', () => {
  expect(warnings({ one: {}, two: watched, init: {}, three: {} }, { one_shots: 'init' })).toEqual([
    'neither probe nor health check, so a dead process in an Up container stays unseen: one, three',
  ])
})

test.each([
  ['30s', {}, 1],
  ['1m30s', {}, 1],
  ['29s', {}, 0],
  ['1m0s', { start_interval: '2s' }, 0],
])('a health check every %s with %j gives %i warnings', (interval, more, count) => {
  const told = warnings({ one: { healthcheck: { test: ['CMD', 'true'], interval, ...more } } })
  expect(told).toHaveLength(count)
  for (const text of told) expect(text).toMatch(/service one: health check every \d+ s and no start_interval/)
})

test('a probe of no service, and one whose name must be looked up, are told', () => {
  const told = warnings({ one: watched }, { probes: 'on=tcp://127.0.0.1:80 one=http://house.lan/' })
  expect(told).toEqual([
    expect.stringContaining('probes names service on, which the compose files do not have'),
    expect.stringContaining('probe http://house.lan/ needs a name looked up'),
  ])
})

test('the longest chain of grace periods is told when op stop must be longer than advised', () => {
  const slow = { ...watched, stop_grace_period: '40s' }
  const chain = { a: slow, b: { ...slow, depends_on: { a: {} } }, c: { ...slow, depends_on: { b: {} } } }
  expect(warnings(chain)).toEqual([
    'stopping the longest chain of services may take 120 s: op stop timeout must be larger',
  ])
  expect(warnings({ a: slow, b: slow, c: slow })).toEqual([])
  const circle = { a: { ...slow, depends_on: { b: {} } }, b: { ...slow, depends_on: { a: {} } } }
  expect(warnings(circle)).toEqual([])
})
