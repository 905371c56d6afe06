import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { referenceTable } from '../../../metadata/reference-table.ts'
import { root } from '../../../scripts/bundle.ts'
import { agentFiles, loadDefinition } from '../../../scripts/definitions.ts'
import { alerts } from '../../../scripts/monitoring/alerts.ts'
import { metricGroups } from '../../../scripts/monitoring/all-metrics.ts'
import { metricsReference } from '../../../scripts/monitoring/reference.ts'
import { hostile, sample } from './sample-agent/definition.ts'

const folder = join(root, 'docs/reference')

test('docs/reference has one page per agent and one of all metrics, each as `npm run build` writes it', async () => {
  const expected = new Map<string, string>()
  for (const file of agentFiles(root)) {
    expected.set(`${basename(file, '.ts')}.md`, referenceTable(await loadDefinition(file)))
  }
  expected.set('metrics.md', metricsReference(metricGroups, alerts))
  const committed = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.md')) : []
  expect(new Map(committed.map(name => [name, readFileSync(join(folder, name), 'utf8')]))).toEqual(expected)
})

test('every row of a table has as many cells as its head, whatever the texts hold', () => {
  const rows = referenceTable(sample)
    .split('\n')
    .filter(line => line.startsWith('|'))
  const cells = rows.map(row => row.replaceAll('\\|', '').split('|').length)
  expect(rows.length).toBe(2 + sample.parameters.length + 2 + sample.actions.length)
  expect(new Set(cells)).toEqual(new Set([7, 6]))
})

test('markup in a text is shown, not obeyed', () => {
  const table = referenceTable({ ...sample, nonGoals: [hostile] })
  expect(table).toContain('\\<b\\>')
  expect(table).toContain('\\`code\\` \\*star\\* \\_low\\_')
  expect(table).not.toMatch(/[^\\]<b>/)
})
