import { expect, test } from 'vitest'
import { metricsText } from '../../../scripts/drill/metrics.ts'
import { drillPage } from '../../../scripts/drill/page.ts'
import { phasesOf } from '../../../scripts/drill/phases.ts'
import {
  type DrillRecord,
  failuresOf,
  readSummary,
  recordJson,
  summaryOf,
} from '../../../scripts/drill/record.ts'
import { drillReport } from '../../../scripts/drill/report.ts'
import { changesBetween } from '../../../scripts/drill/seen-changes.ts'
import { readDrbd, readFindings } from '../../../scripts/drill/witnesses.ts'
import { pictureOf } from './sample-cluster.ts'

const FAULT = Date.UTC(2026, 0, 2, 3, 4, 5)
const after = (seconds: number) => FAULT + seconds * 1000

const fenced: DrillRecord = {
  ...{
    kind: 'fence',
    resource: 'g_house',
    node: 'n1',
    fault: 'n1 is fenced',
    faultMs: FAULT,
    endMs: after(20),
  },
  phases: {
    detectedMs: after(3.6),
    fencingAskedMs: after(0.1),
    fencedMs: after(4.1),
    takeOverMs: after(4.4),
  },
  moments: [
    { atMs: after(4.1), what: 'n1 is fenced by n2', source: 'pacemaker.log' },
    { atMs: FAULT, what: 'n1 is fenced', source: 'drill' },
  ],
  services: [
    { name: 'app', url: 'http://192.0.2.10:8123/' },
    { name: 'broker', url: 'mqtt://192.0.2.10' },
  ],
  outages: [{ service: 'app', fromMs: after(0.2), toMs: after(8.7), errorMs: 90, missed: 85 }],
  checks: [{ text: 'n1 is back in the cluster', ok: true }],
  undone: [],
}
const slower = summaryOf({
  ...fenced,
  faultMs: FAULT - 86_400_000,
  outages: [{ ...fenced.outages[0], service: 'app', fromMs: FAULT, toMs: after(12), errorMs: 1, missed: 1 }],
})

test('the report tells the moments in their order, the figures, each outage and how it was the last time', () => {
  const text = drillReport(fenced, slower)
  expect(text.indexOf('drill')).toBeLessThan(text.indexOf('pacemaker.log'))
  expect(text).toMatch(/this drill +3\.6 s +4\.0 s +4\.4 s +8\.7 s +8\.5 s \(app\)/)
  expect(text).toMatch(/app +8\.5 s, \+-0\.09 +85 +12\.0 s/)
  expect(text).toMatch(/broker +never away +0 +0\.0 s/)
  expect(text).toContain(
    'longest outage 8.5 s: 3.5 s shorter than in the last fence of g_house (2026-01-01 03:04 UTC)',
  )
  expect(text).toMatch(/every service answered again$/)
})

test('a first drill has nothing to be compared with', () => {
  expect(drillReport(fenced, undefined)).not.toContain('the last')
})

test('a service that never came back, and what could not be undone, make the drill a failure', () => {
  const bad: DrillRecord = {
    ...fenced,
    outages: [{ service: 'app', fromMs: FAULT, toMs: undefined, errorMs: 50, missed: 9 }],
    undone: [{ what: 'the constraint is cleared', failure: 'no quorum' }],
  }
  expect(failuresOf(bad)).toEqual([
    'app did not answer again',
    'not undone: the constraint is cleared (no quorum)',
  ])
  expect(drillReport(bad, undefined)).toMatch(/the drill FAILED: app did not answer again; not undone:/)
  expect(drillPage(bad, undefined)).toContain('<div class="verdict bad">')
  expect(readSummary(recordJson(bad))).toMatchObject({
    ok: false,
    figures: { outage: Number.POSITIVE_INFINITY },
  })
})

test('a record is read back with its figures, and half of one is none', () => {
  const text = recordJson(fenced)
  expect(readSummary(text)).toEqual(summaryOf(fenced))
  expect(readSummary(text.slice(0, 90))).toBeUndefined()
  expect(readSummary('{"kind":"dance"}')).toBeUndefined()
})

test('no text of the cluster becomes markup of the page, and the page needs nothing but itself', () => {
  const hostile = `<script>alert("x")</script>`
  const page = drillPage({ ...fenced, resource: hostile, fault: hostile }, undefined)
  expect(page).not.toContain('<script')
  expect(page).not.toMatch(/(src|href)=|url\(|@import/)
  expect(page).toContain('class="away"')
})

test('metrics tell the last drill of each kind, with labels that cannot break a line', () => {
  const text = metricsText([slower, summaryOf({ ...fenced, resource: 'a"b\\' })])
  expect(text).toContain('haha_drill_outage_seconds{kind="fence",resource="a\\"b\\\\",service="app"} 8.5\n')
  expect(text).toContain(
    `haha_drill_last_run_timestamp_seconds{kind="fence",resource="g_house"} ${FAULT / 1000 - 86_400}\n`,
  )
  expect(metricsText([slower, summaryOf(fenced)]).match(/haha_drill_success\{/g)).toHaveLength(1)
})

test('what changes between two looks at the cluster is told', () => {
  const failure =
    '<failure op_key="p_stack_monitor_20000" node="n1" exitstatus="error" exitreason="app is dead"/>'
  expect(
    changesBetween(
      pictureOf(),
      pictureOf({ n2: 'online="false" unclean="true"', failures: failure }),
      'g_house',
    ),
  ).toEqual([
    { kind: 'lost', node: 'n2' },
    { kind: 'unclean', node: 'n2' },
    { kind: 'failed', node: 'n1', operation: 'p_stack_monitor_20000', reason: 'app is dead' },
  ])
})

test('the log tells a phase before the look that saw it later, and nothing counts from before the fault', () => {
  const evidence = { kind: 'cut-power', node: 'n1', members: ['p_stack'], faultMs: 1_000 } as const
  const logged = [
    { kind: 'fenced', node: 'n1', atMs: 900, ok: true, toldBy: 'n2' },
    { kind: 'fence-requested', node: 'n1', atMs: 1_100, toldBy: 'n2' },
    { kind: 'fenced', node: 'n1', atMs: 2_000, ok: false, toldBy: 'n2' },
    { kind: 'fenced', node: 'n1', atMs: 4_000, ok: true, toldBy: 'n2' },
  ] as const
  const seen = [
    { kind: 'unclean', node: 'n1', atMs: 1_500 },
    { kind: 'taken-over', node: 'n2', resource: 'g_house', atMs: 4_600 },
  ] as const
  expect(phasesOf({ ...evidence, logged, seen })).toEqual({
    ...{ detectedMs: 1_100, fencingAskedMs: 1_100, fencedMs: 4_000, takeOverMs: 4_600 },
  })
  expect(phasesOf({ ...evidence, kind: 'fence', logged, seen }).detectedMs).toBeUndefined()
  expect(phasesOf({ ...evidence, kind: 'move', logged, seen })).toEqual({ takeOverMs: 4_600 })
})

test('witnesses are understood: critical findings, and a mirror without its second leg', () => {
  expect(
    readFindings(
      '{"findings":[{"severity":"critical","rule":"stonith-absent","seen":"no device"},{"severity":"notice","seen":"x"}]}',
    ),
  ).toEqual(['stonith-absent: no device'])
  expect(readFindings('not JSON')).toEqual([])
  const drbd = (peer: string) =>
    JSON.stringify([
      {
        name: 'r0',
        devices: [{ 'disk-state': 'UpToDate' }],
        connections: [{ peer_devices: [{ 'peer-disk-state': peer }] }],
      },
    ])
  expect(readDrbd(drbd('UpToDate'))).toEqual([])
  expect(readDrbd(drbd('Outdated')).join()).toMatch(/^DRBD r0 has no up-to-date second leg/)
  expect(readDrbd('')).toEqual([])
})
