import { expect, test } from 'vitest'
import { expositionText } from '../../../lib/metrics/exposition.ts'
import {
  type ActionEnd,
  type ActionHistory,
  afterAction,
  historyOf,
  historyToJson,
  noHistory,
} from '../../../lib/ocf/action-history.ts'
import { resourceSamples } from '../../../lib/ocf/action-samples.ts'
import { parseJson } from '../../../lib/ocf/json.ts'

function ended(action: string, code: number, more: Partial<ActionEnd> = {}): ActionEnd {
  const intervalMs = action === 'monitor' ? 10_000 : undefined
  const usual = { depth: 0, durationMs: 250, timeoutMs: 20_000, intervalMs, atMs: 1_800_000_000_500 }
  return { action, code, ...usual, ...more }
}

function after(...ends: readonly ActionEnd[]): ActionHistory {
  return ends.reduce(afterAction, noHistory)
}

/** The lines of a metric, its name and the labels that all have left out. */
function told(history: ActionHistory, metric: string, state = {}): readonly string[] {
  const text = expositionText(resourceSamples(history, { degraded: {}, cures: [], ...state }, []), {})
  return text.split('\n').flatMap(line => {
    const [, name, rest] = /^(haha_resource_\w+)\{?(.*)$/.exec(line) ?? []
    return name === `haha_resource_${metric}` && rest !== undefined ? [rest.replace(/^ /, '')] : []
  })
}

test('each action is told with its depth, its limit and when it ended', () => {
  const history = after(ended('start', 0), ended('monitor', 0), ended('monitor', 190, { depth: 20 }))
  expect(told(history, 'action_result')).toEqual([
    'action="start",depth="0"} 0',
    'action="monitor",depth="0"} 0',
    'action="monitor",depth="20"} 190',
  ])
  expect(told(history, 'action_duration_seconds')[0]).toBe('action="start",depth="0"} 0.25')
  expect(told(history, 'action_timeout_seconds')[0]).toBe('action="start",depth="0"} 20')
  expect(told(history, 'action_timestamp_seconds')[0]).toBe('action="start",depth="0"} 1800000000.5')
  expect(told(history, 'action_interval_seconds')).toEqual([
    'action="monitor",depth="0"} 10',
    'action="monitor",depth="20"} 10',
  ])
})

test('a failure between two looks of Prometheus is still in the counts', () => {
  const history = after(ended('monitor', 0), ended('monitor', 1), ended('monitor', 0))
  expect(told(history, 'action_result')).toEqual(['action="monitor",depth="0"} 0'])
  expect(told(history, 'actions_total').filter(line => line.includes('monitor'))).toEqual([
    'action="monitor",depth="0",code="0"} 2',
    'action="monitor",depth="0",code="1"} 1',
  ])
})

test.each<[string, readonly ActionEnd[], readonly string[]]>([
  ['nothing has told yet', [ended('validate-all', 0)], []],
  ['a probe found nothing', [ended('probe', 7)], ['0']],
  ['it was started', [ended('probe', 7), ended('start', 0)], ['1']],
  ['a monitor failed', [ended('start', 0), ended('monitor', 1)], ['1']],
  ['a monitor found it degraded', [ended('monitor', 190)], ['1']],
  ['its stop failed', [ended('start', 0), ended('stop', 1)], ['1']],
  ['its stop succeeded', [ended('start', 0), ended('stop', 0)], ['0']],
])('whether a resource is active, when %s', (_, ends, active) => {
  expect(told(after(...ends), 'active')).toEqual(active)
})

test('after a stop the monitors say nothing any more, and what they counted stays', () => {
  const history = after(ended('monitor', 1), ended('stop', 0))
  expect(told(history, 'action_result')).toEqual(['action="stop",depth="0"} 0'])
  expect(told(history, 'actions_total')).toContain('action="monitor",depth="0",code="1"} 1')
})

test('every degraded reason is a series, up to twenty, and their number is told also when there are none', () => {
  expect(told(after(), 'degraded_reasons')).toEqual(['0'])
  const degraded = { redundancy: 'no fault tolerance left', heartbeat: 'late' }
  expect(told(after(), 'degraded', { degraded })).toEqual(['reason="redundancy"} 1', 'reason="heartbeat"} 1'])
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`target_${at}`, 'down']))
  expect(told(after(), 'degraded', { degraded: many })).toHaveLength(21)
  expect(told(after(), 'degraded', { degraded: many }).at(-1)).toBe('reason="other"} 1')
  expect(told(after(), 'degraded_reasons', { degraded: many })).toEqual(['500'])
})

test('counts of failures begin at nought, or Prometheus would not see the first one grow', () => {
  const failures = told(after(ended('probe', 7)), 'actions_total').filter(line => line.includes('code="1"'))
  expect(failures).toEqual(
    ['start', 'stop', 'monitor'].map(action => `action="${action}",depth="0",code="1"} 0`),
  )
  const failed = told(after(ended('probe', 7), ended('start', 1)), 'actions_total')
  expect(failed.filter(line => line.includes('start'))).toEqual([
    'action="start",depth="0",code="0"} 0',
    'action="start",depth="0",code="1"} 1',
  ])
})

test('cures are counted by what they cure', () => {
  const cures = ['restart web', 'restart web', 'export'].map(key => ({ key, atMs: 1, settlesAtMs: 2 }))
  expect(told(after(), 'cure_steps', { cures })).toEqual(['cure="restart web"} 2', 'cure="export"} 1'])
})

test('what is written down is read back, and what is broken is as nothing', () => {
  const copy = { pid: 17, startTime: 4711, atMs: 12 }
  const history = { ...after(ended('monitor', 1), ended('stop', 0)), copy, said: 'full' }
  expect(historyOf(parseJson(JSON.stringify(historyToJson(history))))).toEqual(history)
  for (const text of ['', '[]', '{"runs":7}', '{"runs":[{"action":"start"}]}', '{"copy":{"pid":1}}'])
    expect(historyOf(parseJson(text))).toEqual(noHistory)
})
