import { readFile, rename, writeFile } from 'node:fs/promises'
import { type ProcessIdentity, parseIdentity } from '../engine/processes.ts'
import type { ClusterPlace } from './place.ts'
import { type ClusterPlan, clusterPlan, NODE_NAMES, type NodeName } from './plan.ts'

/** What a cluster's record file says. */
export interface ClusterRecord {
  readonly plan: ClusterPlan
  /** Root file system of the nodes. */
  readonly lower: string
  /** With whose end the cluster goes down; undefined: nobody's. */
  readonly owner: ProcessIdentity | undefined
}

export async function writeRecord(place: ClusterPlace, record: ClusterRecord): Promise<void> {
  await writeFile(`${place.record}.new`, JSON.stringify(record))
  await rename(`${place.record}.new`, place.record)
}

/** @returns undefined when there is none, or it cannot be read */
export async function readRecord(place: ClusterPlace): Promise<ClusterRecord | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(place.record, 'utf8'))
    const lower = field(value, 'lower')
    const plan = parsePlan(field(value, 'plan'))
    if (typeof lower !== 'string' || plan === undefined) return undefined
    return { plan, lower, owner: parseIdentity(field(value, 'owner')) }
  } catch {
    return undefined
  }
}

function parsePlan(value: unknown): ClusterPlan | undefined {
  const name = field(value, 'name')
  const nodes = field(value, 'nodes')
  const suite = field(value, 'suite')
  const tokenMs = field(value, 'tokenMs')
  const workers = field(value, 'workers')
  const firmwareMs = field(value, 'firmwareMs')
  const deb = field(value, 'deb')
  const packages = field(value, 'packages')
  if (typeof name !== 'string' || typeof tokenMs !== 'number' || typeof firmwareMs !== 'number')
    return undefined
  if ((nodes !== 2 && nodes !== 3) || (suite !== 'bookworm' && suite !== 'trixie')) return undefined
  return clusterPlan({
    ...{ name, nodes, suite, tokenMs, firmwareMs },
    packages: Array.isArray(packages) ? packages.filter(one => typeof one === 'string') : [],
    workers: Array.isArray(workers) ? workers.filter(isNodeName) : [],
    deb: typeof deb === 'string' ? deb : undefined,
    lifetime: field(value, 'lifetime') === 'this process' ? 'this process' : 'until down',
  })
}

export const isNodeName = (value: unknown): value is NodeName => NODE_NAMES.some(name => name === value)

/** A member of something that came from outside. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined
}
