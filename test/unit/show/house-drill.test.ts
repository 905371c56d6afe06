import { expect, test } from 'vitest'
import type { MeasuredOutage } from '../../../scripts/drill/outage.ts'
import { readRecord } from '../../../scripts/drill/read-record.ts'
import { recordJson } from '../../../scripts/drill/record.ts'
import { drillChecks } from '../../../scripts/show/house-drill.ts'

const away = (service: string, seconds: number): MeasuredOutage => ({
  ...{ service, fromMs: 1_000, toMs: 1_000 + seconds * 1_000, errorMs: 50, missed: seconds * 10 },
})
const drilled = { failures: [], outages: [away('esphome', 8.5), away('mosquitto', 6)] }
const seen = [away('esphome', 9.6), away('mosquitto', 5.8)]
const judged = (...args: Parameters<typeof drillChecks>) => drillChecks(...args).map(({ ok }) => ok)

test('a drill that agrees with the client outside is believed, with both figures told', () => {
  expect(judged(0, drilled, seen)).toEqual([true, true])
  expect(drillChecks(0, drilled, seen)[1]?.text).toContain(
    'esphome 8.5 s and 9.6 s, mosquitto 6.0 s and 5.8 s',
  )
})

test('an outage that only one of them saw, or saw much longer, is a failure', () => {
  expect(judged(0, drilled, [away('esphome', 8.6)])).toEqual([true, false])
  expect(judged(0, drilled, [away('esphome', 10.1), away('mosquitto', 5.8)])).toEqual([true, false])
  expect(judged(0, drilled, [{ ...away('esphome', 9), toMs: undefined }, away('mosquitto', 6)])).toEqual([
    true,
    false,
  ])
  expect(judged(0, drilled, [])).toEqual([true, false])
})

test('a drill that says that something failed is a failure', () => {
  expect(judged(1, drilled, seen)).toEqual([false, true])
  expect(judged(0, { ...drilled, failures: ['n2 is not back'] }, seen)).toEqual([false, true])
})

test('the record of a drill is read as it was written, and nothing else is taken for one', () => {
  const text = recordJson({
    ...{ kind: 'cut-power', resource: 'g_house', node: 'n2', fault: 'the power of n2 is cut' },
    ...{ faultMs: 1_000, endMs: 20_000, phases: { detectedMs: 4_600, takeOverMs: 9_000 } },
    moments: [{ atMs: 1_000, what: 'the power of n2 is cut', source: 'drill' }],
    services: [{ name: 'esphome', url: 'http://192.0.2.10:6052/' }],
    outages: [away('esphome', 8.5), { ...away('mosquitto', 6), toMs: undefined }],
    ...{ checks: [{ text: 'n2 is not back', ok: false }], undone: [] },
  })
  const told = readRecord(text)
  expect(told).toMatchObject({ kind: 'cut-power', fault: 'the power of n2 is cut', faultMs: 1_000 })
  expect(told?.phases).toMatchObject({ detectedMs: 4_600, takeOverMs: 9_000 })
  expect(told?.moments).toEqual([{ atMs: 1_000, what: 'the power of n2 is cut', source: 'drill' }])
  expect(told?.outages).toEqual([away('esphome', 8.5), { ...away('mosquitto', 6), toMs: undefined }])
  expect(told?.failures).toEqual(['n2 is not back', 'mosquitto did not answer again'])
  expect(readRecord('')).toBeUndefined()
  expect(readRecord('{"kind":"dance","faultMs":1}')).toBeUndefined()
})
