import { expect, test } from 'vitest'
import type { DrillSummary } from '../../../scripts/drill/record.ts'
import { drillChecks } from '../../../scripts/show/house-drill.ts'

const summary: DrillSummary = {
  ...{ kind: 'cut-power', resource: 'g_house', faultMs: 0, ok: true },
  figures: {
    ...{ detection: 3.6, fencing: 0.5, takeOver: 5, firstAnswer: 8 },
    ...{ outage: 8.5, slowest: 'esphome' },
  },
  outages: new Map([
    ['esphome', 8.5],
    ['mosquitto', 6],
  ]),
}
const end = { exitCode: 0, lastLine: 'every service answered again', summary }
const away = (service: string, seconds: number) => ({ service, fromMs: 1_000, toMs: 1_000 + seconds * 1_000 })
const judged = (...args: Parameters<typeof drillChecks>) => drillChecks(...args).map(({ ok }) => ok)

test('a drill that agrees with the client outside is believed, with both figures told', () => {
  const checks = drillChecks(end, [away('esphome', 8.6), away('mosquitto', 5.8)])
  expect(checks.map(({ ok }) => ok)).toEqual([true, true])
  expect(checks[1]?.text).toContain('esphome 8.5 s and 8.6 s, mosquitto 6.0 s and 5.8 s')
})

test('an outage that only one of them saw, or saw much longer, is a failure', () => {
  expect(judged(end, [away('esphome', 8.6)])).toEqual([true, false])
  expect(judged(end, [away('esphome', 9.6), away('mosquitto', 5.8)])).toEqual([true, false])
  expect(judged(end, [])).toEqual([true, false])
})

test('a drill that was refused, or says that something failed, is a failure', () => {
  expect(judged({ exitCode: 3, lastLine: 'nothing was done', summary: undefined }, [])).toEqual([
    false,
    false,
  ])
  const seen = [away('esphome', 8.6), away('mosquitto', 5.8)]
  expect(judged({ ...end, exitCode: 1 }, seen)).toEqual([false, true])
})
