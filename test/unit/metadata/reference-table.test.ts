import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { loadAllDrivers } from '../../../fence/driver-registry.ts'
import { metadataXml } from '../../../fence/metadata.ts'
import { fenceReference } from '../../../metadata/fence-reference.ts'
import { referenceTable } from '../../../metadata/reference-table.ts'
import { root } from '../../../scripts/bundle.ts'
import { agentFiles, loadDefinition } from '../../../scripts/definitions.ts'
import { alerts } from '../../../scripts/monitoring/alerts.ts'
import { metricGroups } from '../../../scripts/monitoring/all-metrics.ts'
import { metricsReference } from '../../../scripts/monitoring/reference.ts'
import { hostile, sample } from './sample-agent/definition.ts'

const folder = join(root, 'docs/reference')

test('docs/reference has one page per agent, one of the fence agent and one of all metrics, each as `npm run build` writes it', async () => {
  const expected = new Map<string, string>()
  for (const file of agentFiles(root)) {
    expected.set(`${basename(file, '.ts')}.md`, referenceTable(await loadDefinition(file)))
  }
  expected.set('fence_homelab.md', fenceReference(await loadAllDrivers()))
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

test('of the fence agent every option of its metadata has a row, with the drivers that take it', async () => {
  const drivers = await loadAllDrivers()
  const rows = fenceReference(drivers)
    .split('\n')
    .filter(line => line.startsWith('| `'))
  const named = [...metadataXml(drivers).matchAll(/<parameter name="(\w+)"/g)].map(
    ([, name]) => `| \`${name}\` |`,
  )
  expect(rows.map(row => row.slice(0, row.indexOf('|', 1) + 1))).toEqual(named)
  expect(rows.find(row => row.startsWith('| `ip`'))).toContain('| every driver |')
  expect(rows.find(row => row.startsWith('| `poe_powers_node`'))).toContain('| poe |')
})

test('markup in a text is shown, not obeyed', () => {
  const table = referenceTable({ ...sample, nonGoals: [hostile] })
  expect(table).toContain('\\<b\\>')
  expect(table).toContain('\\`code\\` \\*star\\* \\_low\\_')
  expect(table).not.toMatch(/[^\\]<b>/)
})
