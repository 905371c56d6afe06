import { expect, test } from 'vitest'
import type { LoggedEvent } from '../../../scripts/drill/node-logs.ts'
import { wording } from '../../../scripts/drill/wording.ts'
import {
  cleanupIn,
  type Evidence,
  failoverPhases,
  momentsBetween,
  TOLD,
} from '../../../scripts/show/reading.ts'

const container = (node: string, fromMs: number, service = 'mosquitto') => ({
  ...{ node, service, fromMs },
  ...{ container: `${node}-${service}-${fromMs}`, toMs: fromMs + 100 },
})
const told = (toldBy: string, kind: 'lost' | 'fence-requested', node: string, atMs: number): LoggedEvent => ({
  ...{ toldBy, kind, node, atMs },
})

const evidence: Evidence = {
  events: [
    // n1 is cut off: to it, the others are lost, and it would have them fenced.
    told('n1', 'lost', 'n2', 4_500),
    told('n2', 'lost', 'n1', 4_700),
    told('n3', 'lost', 'n1', 4_600),
    told('n2', 'fence-requested', 'n1', 4_800),
    { kind: 'fenced', node: 'n1', atMs: 6_000, ok: false, toldBy: 'n2' },
    { kind: 'fenced', node: 'n1', atMs: 9_000, ok: true, toldBy: 'n2' },
    { kind: 'fenced', node: 'n1', atMs: 9_010, ok: true, toldBy: 'n3' },
  ],
  presences: [
    container('n2', 200),
    container('n1', 900),
    container('n2', 9_500),
    container('n2', 9_600, 'esphome'),
  ],
  power: [
    { node: 'n1', what: 'off', atMs: 500 },
    { node: 'n2', what: 'off', atMs: 5_000 },
    { node: 'n1', what: 'off asked', atMs: 5_100 },
    { node: 'n1', what: 'off', atMs: 5_200 },
    { node: 'n1', what: 'on', atMs: 8_300 },
  ],
}

test('the phases of a fail-over are what happened to its victim after the fault, each from its source', () => {
  expect(failoverPhases(evidence, { victim: 'n1', heir: 'n2', faultMs: 1_000 })).toEqual({
    detectedMs: 4_600,
    fencingAskedMs: 4_800,
    offMs: 5_200,
    fencedMs: 9_000,
    takeOverMs: 9_500,
  })
})

test('what did not happen has no moment', () => {
  const phases = failoverPhases(
    { ...evidence, events: [], power: [] },
    { victim: 'n1', heir: 'n3', faultMs: 1_000 },
  )
  expect(Object.values(phases)).toEqual([undefined, undefined, undefined, undefined, undefined])
})

test('the moments of a step are told once each, in their order, with their source', () => {
  const outages = [{ service: 'mosquitto', fromMs: 950, toMs: 9_900, missed: 80 }]
  const moments = momentsBetween(evidence, outages, 1_000, 10_000)
  expect(moments.map(({ atMs }) => atMs)).toEqual([...moments.map(({ atMs }) => atMs)].sort((a, b) => a - b))
  expect(moments.filter(({ what }) => what === 'n1 is fenced')).toEqual([
    { atMs: 9_000, what: 'n1 is fenced', source: 'pacemaker.log' },
  ])
  expect(moments).toContainEqual({ atMs: 9_600, what: 'esphome runs on n2', source: 'host' })
  expect(moments).toContainEqual({ atMs: 8_300, what: 'power of n1: on', source: 'plug' })
  expect(moments).toContainEqual({ atMs: 9_900, what: 'mosquitto answers again', source: 'client' })
  expect(moments.map(({ what }) => what)).not.toContain('mosquitto runs on n1')
})

test('what the agent said is told with what failed, and starts of the stack and of the voice are told', () => {
  const result = { kind: 'action', node: 'n1', toldBy: 'n1', atMs: 1 } as const
  expect(
    wording({ ...result, resource: 'p_voice', action: 'monitor', result: 'error', reason: 'it hangs' }, TOLD),
  ).toBe('monitor of p_voice on n1: error: it hangs')
  const went = (resource: string, action: string) =>
    wording({ ...result, resource, action, result: 'ok' }, TOLD)
  expect(went('p_voice', 'start')).toBe('start of p_voice on n1: ok')
  expect(went('p_stack', 'stop')).toBe('stop of p_stack on n1: ok')
  expect([went('p_voice', 'monitor'), went('p_vip', 'start')]).toEqual([undefined, undefined])
})

test('the cleanup that an exit reason names is taken from it word by word', () => {
  expect(cleanupIn('its GPU hangs: reset it (nvidia-smi -r); then crm resource cleanup p_voice n1')).toEqual([
    ...['crm', 'resource', 'cleanup'],
    ...['p_voice', 'n1'],
  ])
  expect(cleanupIn('its GPU hangs: reset it')).toBeUndefined()
})
