import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isDriverName, loadAllDrivers } from '../../fence/driver-registry.ts'
import { shownOptions } from '../../fence/metadata.ts'
import { agentFiles, loadDefinition } from '../../scripts/definitions.ts'
import { documentedConfiguration, documentedDrbd } from '../storage/documented-cluster.ts'
import { decisionFaults, decisionPages } from './documentation/decisions.ts'
import { brokenLinks, missingFiles, missingScripts, pages, ROOT } from './documentation/pages.ts'
import { parameterFaults, quotedAgents, settingFaults } from './documentation/quoted-parameters.ts'
import { isSaid, quotedReasons, sourcesOf } from './documentation/reasons.ts'
import { FOREIGN } from './package/loaded-example.ts'

const definitions = await Promise.all(agentFiles(ROOT).map(loadDefinition))
const fenceOptions = shownOptions(await loadAllDrivers())
const known = new Map([
  ...definitions.map(({ name, parameters }) => [name, parameters] as const),
  ['fence_homelab', fenceOptions.map(({ parameter }) => parameter)] as const,
])

test.each(pages())('what $path points at is there', page => {
  expect(brokenLinks(page)).toEqual([])
  expect(missingFiles(page)).toEqual([])
  expect(missingScripts(page)).toEqual([])
})

test.each(pages())('the agents in $path exist and take the parameters that they are given', ({ text }) => {
  const named = [...text.matchAll(/\bocf:haha:([a-z][\w-]*)/g)].map(([, agent = '']) => agent)
  expect(named.filter(agent => !known.has(agent))).toEqual([])
  const quoted = quotedAgents(text)
  expect(quoted.flatMap(one => parameterFaults(one, known))).toEqual([])
  const drivers = quoted.flatMap(({ given }) => given.filter(({ name }) => /^(recovery_)?driver$/.test(name)))
  expect(drivers.filter(({ value }) => !isDriverName(value))).toEqual([])
  expect(settingFaults(text, known)).toEqual([])
})

test('parameters are really looked at: a misspelt one, a wrong value and an unknown agent are found', () => {
  const faults = (text: string) => quotedAgents(text).flatMap(quoted => parameterFaults(quoted, known))
  expect(
    faults('primitive p ocf:haha:compose-stack \\\n  params directory=/a reqired_mount=/a \\\n op start'),
  ).toEqual(['compose-stack has no parameter reqired_mount'])
  expect(faults('pcs stonith create f fence_homelab driver=tasmota delay=soon op monitor')).toHaveLength(1)
  expect(settingFaults('`probe_failures=2` `probe_failure=2` `probe_failures=two`', known)).toHaveLength(2)
  expect(faults('crm ra validate ocf:haha:compose-stak directory=/a')).toEqual([
    'there is no agent compose-stak',
  ])
})

test('links and reasons are really looked at: a file, a heading and a reason that are not there are found', () => {
  const text =
    '[a](gone.md) [b](handbook/README.md#gone) [c](handbook/README.md#whole-configurations) `docs/gone.md`'
  expect(brokenLinks({ path: 'docs/page.md', text })).toEqual(['gone.md', 'handbook/README.md#gone'])
  expect(missingFiles({ path: 'docs/page.md', text })).toEqual(['docs/gone.md'])
  expect(isSaid('service <name> exited happily', sourcesOf('compose-stack'))).toBe(false)
})

test('every foreign word that the loading of examples allows is told to the operator, with its reason', () => {
  const rows = readFileSync(join(ROOT, 'docs/handbook/README.md'), 'utf8').split('\n')
  for (const { why } of FOREIGN)
    expect(
      rows.filter(row => row.includes(`| ${why} `)),
      why,
    ).toHaveLength(1)
})

test('the storage page shows the very configuration that the example is, which crmsh loads', () => {
  const page = readFileSync(join(ROOT, 'docs/storage.md'), 'utf8')
  const example = readFileSync(join(ROOT, 'examples/two-nodes-share.crm'), 'utf8')
  expect(page).toContain(`\`\`\`\n${example.replaceAll(/^#.*\n/gm, '')}\`\`\`\n`)
})

test('what the guests of the full storage run are configured by is still on the storage page', () => {
  expect(documentedConfiguration('drbd')).toMatch(/^primitive p_drbd ocf:linbit:drbd .*timeout=960s/m)
  expect(documentedConfiguration('disk')).not.toContain('drbd')
  expect(documentedDrbd({ fence: '/bin/fence', unfence: '/bin/true' })).toContain('fence-peer "/bin/fence"')
})

test.each(decisionPages())(
  '$path tells of each value why, what lower and higher do, and how to measure it',
  ({ text }) => {
    expect(decisionFaults(text)).toEqual([])
  },
)

test('decisions are really looked at: a column, a direction and a way to measure that are not there are found', () => {
  const row = '| value | why | if lower | if higher | measure yours |\n| - | - | - | - | - |\n'
  expect(decisionFaults('Words\n')).toHaveLength(1)
  expect(decisionFaults(`${row}| 1 | because | a | - | look |\n`)).toEqual([])
  expect(decisionFaults(`${row}| 1 | because | - | - | - |\n`)).toEqual([
    '1: neither direction does anything',
    '1: no way to measure',
  ])
  expect(decisionFaults(`${row}\n| quorum | why | what it costs |\n| - | - | - |\n| 1 | a | b |\n`)).toEqual([
    'a table that tells why has the columns quorum, why, what it costs',
  ])
})

const quotes = quotedReasons(readFileSync(join(ROOT, 'docs/handbook/runbook.md'), 'utf8'))

test('the runbook tells reasons of every agent', () => {
  const sections = new Set(quotes.map(({ section }) => section.split(' ')[0]))
  expect([...sections].sort()).toEqual([...known.keys()].sort())
})

test.each(quotes)('$section says: $reason', ({ section, reason }) => {
  expect(isSaid(reason, sourcesOf(section))).toBe(true)
})
