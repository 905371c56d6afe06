import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { judge } from '../../../scripts/doctor/catalogue.ts'
import { type Advice, nothingSeen } from '../../../scripts/doctor/observation.ts'
import { corosyncOf, readConfiguration } from '../../../scripts/doctor/sources/corosync.ts'
import { readCib } from '../../../scripts/pacemaker/read-cib.ts'

/**
 * What haha-doctor finds in an example, with the nodes and the times of the corosync.conf beside it; undefined
 * for one that has none, because it is no whole cluster.
 */
export function findingsIn(example: string, cibXml: string, advice: Advice): readonly string[] | undefined {
  const file = join(dirname(example), 'corosync.conf')
  if (!existsSync(file)) return undefined
  const corosync = corosyncOf(readConfiguration(readFileSync(file, 'utf8')), new Map())
  const cib = readCib(cibXml)
  const nodes = cib.nodes.filter(({ name }) => corosync.nodes.some(node => node.name === name))
  const { findings, gaps } = judge({ ...nothingSeen, corosync, cib: { ...cib, nodes }, advice })
  return [
    ...findings.map(({ severity, rule, seen }) => `${severity} ${rule}: ${seen}`),
    ...gaps.map(({ what, why }) => `${what}: ${why}`),
  ]
}
