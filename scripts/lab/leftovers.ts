import { readdir, rm, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { execa } from 'execa'
import { namespaceOf, removeMounts } from '../engine/leftovers.ts'
import {
  cgroupPaths,
  findProcesses,
  isSameProcess,
  killAll,
  networkNamespace,
  type ProcessIdentity,
} from '../engine/processes.ts'
import { removeGroup } from './cgroups.ts'
import { killNode, nodePid1 } from './machine.ts'
import { type ClusterPlace, cgroupName, clusterPlace, DATA_ROOT, namespacePrefix, RUN_ROOT } from './place.ts'
import { NODE_NAMES } from './plan.ts'
import { readRecord } from './record.ts'

/** Kills and removes everything a cluster left on the host; does nothing where nothing is left. */
export async function removeCluster(place: ClusterPlace): Promise<void> {
  const nodes = NODE_NAMES.filter(node => nodePid1(place, node) !== undefined)
  await Promise.all(nodes.map(node => killNode(place, node)))
  await killAll(() => clusterProcesses(place))
  await removeMounts({ runFolder: place.run, dataFolder: place.data })
  for (const netns of await namespaces(place.name)) await execa('ip', ['netns', 'del', netns])
  await removeGroup(place.cgroup)
  await rm(place.data, { recursive: true, force: true })
  await rm(place.run, { recursive: true, force: true })
  // Other clusters may still have theirs in there.
  for (const parent of [dirname(place.cgroup), DATA_ROOT, RUN_ROOT])
    await rmdir(parent).catch(() => undefined)
}

/**
 * Removes the clusters whose owner died: a killed `up`, a killed run of tests.
 *
 * @returns their names
 */
export async function reapClusters(): Promise<string[]> {
  const reaped: string[] = []
  for (const name of new Set([...(await list(RUN_ROOT)), ...(await list(DATA_ROOT))])) {
    const place = clusterPlace(name)
    const record = await readRecord(place)
    const orphaned = record?.owner !== undefined && !isSameProcess(record.owner)
    if (!orphaned && record !== undefined) continue
    await removeCluster(place)
    reaped.push(name)
  }
  return reaped
}

/** The controller, the nodes with all that runs in them, and clients in the cluster's namespaces. */
function clusterProcesses(place: ClusterPlace): ProcessIdentity[] {
  const group = cgroupName(place.cgroup)
  const own = new Set(
    [place.switch, place.client].map(namespaceOf).filter(namespace => namespace !== undefined),
  )
  return findProcesses(pid => {
    if (cgroupPaths(pid).some(path => `${path}/`.startsWith(`${group}/`))) return true
    const namespace = own.size > 0 ? networkNamespace(pid) : undefined
    return namespace !== undefined && own.has(namespace)
  })
}

async function namespaces(name: string): Promise<string[]> {
  return (await list('/run/netns')).filter(netns => netns.startsWith(namespacePrefix(name)))
}

const list = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])
