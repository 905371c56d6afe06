import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../../scripts/bundle.ts'
import { alerts } from '../../scripts/monitoring/alerts.ts'
import { metricGroups } from '../../scripts/monitoring/all-metrics.ts'
import { scenarios as agentScenarios, type Scenario, well } from './alert-scenarios.ts'
import { drillScenarios } from './drill-alert-scenarios.ts'

const scenarios = [...agentScenarios, ...drillScenarios]
const rules = join(root, 'dist/share/prometheus/haha-alerts.yml')

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'haha-alerts-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Asks promtool which alerts fire in each scenario; it answers for all of them at once. */
async function ask(asked: readonly Scenario[]) {
  const file = join(folder, 'scenarios.yml')
  const tests = asked.map(({ what, but, at, fires }) => ({
    name: what,
    interval: '1m',
    input_series: Object.entries({ ...well, ...but }).map(([series, values]) => ({ series, values })),
    promql_expr_test: [
      {
        expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
        eval_time: `${at}m`,
        exp_samples: fires.map(name => ({ labels: `{alertname="${name}"}`, value: 1 })),
      },
    ],
  }))
  writeFileSync(file, JSON.stringify({ rule_files: [rules], evaluation_interval: '1m', tests }))
  return await execa('promtool', ['test', 'rules', file], { all: true, reject: false })
}

test('promtool loads the packaged rules', async () => {
  const { all, exitCode } = await execa('promtool', ['check', 'rules', rules], { all: true, reject: false })
  expect({ exitCode, all }).toEqual({
    exitCode: 0,
    all: expect.stringContaining(`${alerts.length} rules found`),
  })
})

test('each scenario fires what it should and nothing else, and each alert has one', async () => {
  const { all, exitCode } = await ask(scenarios)
  expect(exitCode, all).toBe(0)
  const fired = new Set(scenarios.flatMap(({ fires }) => fires))
  expect(alerts.map(({ name }) => name).filter(name => !fired.has(name))).toEqual([])
})

test('an alert that were missing, or one too many, would be seen', async () => {
  for (const fires of [[], ['HahaRadioHung', 'HahaPowerOwed']]) {
    const hung = scenarios.flatMap(one => (one.fires[0] === 'HahaRadioHung' ? [{ ...one, fires }] : []))
    expect((await ask(hung)).exitCode).not.toBe(0)
  }
})

test('the scenarios are told in metrics that exist, with labels that they have', () => {
  const known = new Map(
    metricGroups.flatMap(({ metrics, common }) =>
      metrics.map(({ name, labels }) => [name, [...common, ...labels]] as const),
    ),
  )
  for (const series of scenarios.flatMap(({ but }) => Object.keys({ ...well, ...but }))) {
    const [, name = '', labels = ''] = /^(\w+)\{(.*)\}$/.exec(series) ?? []
    const own = [...labels.matchAll(/(\w+)="/g)].map(match => match[1])
    expect(own.sort(), series).toEqual(['instance', ...(known.get(name) ?? ['?'])].sort())
  }
})
