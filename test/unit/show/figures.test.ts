import { expect, test } from 'vitest'
import { failures, stepFigures } from '../../../scripts/show/figures.ts'
import { healthy, powerCut } from './sample-record.ts'

test('the figures of a step are read from its moments and outages', () => {
  const figures = stepFigures(powerCut)
  expect(figures.detection).toBeCloseTo(3.6)
  expect(figures.fencing).toBeCloseTo(3.4)
  expect(figures.takeOver).toBeCloseTo(7.9)
  expect(figures.firstAnswer).toBeCloseTo(8.4)
  expect(figures.outage).toBeCloseTo(14)
  expect(figures.slowest).toBe('zigbee2mqtt')
  expect(figures.floor).toBeCloseTo(9.6)
})

test('a step without a fault has no figures', () => {
  const quiet = stepFigures({ ...powerCut, phases: {}, outages: [], floors: new Map() })
  expect(Object.values(quiet).every(figure => figure === undefined)).toBe(true)
})

test('a healthy run has nothing that failed', () => {
  expect(failures(healthy)).toEqual([])
})

test('a service that stayed away, a broken rule, a failed check of a step and of the run each fail it', () => {
  const gone = { service: 'esphome', fromMs: 0, toMs: undefined, errorMs: 50, missed: 50 }
  const broken = { service: 'mosquitto', outage: 20, parts: [], limit: 16, kept: false }
  const late = { text: 'n1 started before n2 was off', ok: false }
  const step = { ...powerCut, outages: [gone], rulings: [broken], checks: [late] }
  const twice = { text: 'mosquitto ran on n1 and n2', ok: false }
  expect(failures({ ...healthy, steps: [step], checks: [twice] })).toEqual([
    'step c: n1 started before n2 was off',
    'step c: esphome did not answer again',
    'step c: mosquitto was away 20.0 s, its limit is 16.0 s',
    'mosquitto ran on n1 and n2',
  ])
  expect(stepFigures(step).outage).toBe(Number.POSITIVE_INFINITY)
})
