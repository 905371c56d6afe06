import type { Advice, Gap, Observation } from './observation.ts'
import { lookAtCib, lookAtNodeName, lookAtStatus } from './sources/cluster.ts'
import { lookAtContainers } from './sources/containers.ts'
import { lookAtCorosync } from './sources/corosync.ts'
import { lookAtDrbd } from './sources/drbd.ts'
import { lookAtDurations } from './sources/durations.ts'
import { lookAtFencingMemory } from './sources/fencing-memory.ts'
import { lookAtLinks } from './sources/links.ts'
import { lookAtModels, modelsIn } from './sources/model-files.ts'
import { lookAtModelUnits } from './sources/model-folders.ts'
import { lookAtNfsServer } from './sources/nfs-server.ts'
import { lookAtOcfs2 } from './sources/ocfs2.ts'
import { lookAtSbd } from './sources/sbd.ts'
import { lookAtSecretFiles, secretFilesIn } from './sources/secret-files.ts'
import { lookAtUnits } from './sources/units.ts'
import { lookAtUpgrades } from './sources/upgrades.ts'

/** What was seen, and what could not be. */
export interface Look {
  readonly observation: Observation
  readonly gaps: readonly Gap[]
}

/** For the cluster's own tools; what hangs is told after this long, and the rest goes on. */
const clusterMs = 1500
/** For what can be asked only once the CIB is known. Both together stay under three seconds. */
const afterwardsMs = 1200
/** For a file that can be asked for only when those before it were slow. */
const leastMs = 200
/** apt reads its lists anew at every question; it runs beside all others. */
const packagesMs = 2400

/** Looks at everything at once. Nothing is changed, started or connected to that does not run already. */
export async function observe(advice: Advice): Promise<Look> {
  const gaps: Gap[] = []
  const look = async <Seen>(what: string, ask: () => Seen | Promise<Seen>): Promise<Seen | undefined> => {
    try {
      return await ask()
    } catch (cause) {
      gaps.push({ what, why: cause instanceof Error ? cause.message : String(cause) })
      return undefined
    }
  }
  const upgrades = look('pending upgrades', () => lookAtUpgrades(packagesMs))
  const status = look('the state of the cluster', () => lookAtStatus(clusterMs))
  const corosync = look('corosync', () => lookAtCorosync(clusterMs))
  const fencings = look("Pacemaker's log", () => lookAtFencingMemory(clusterMs))
  const drbd = look('DRBD', () => lookAtDrbd(clusterMs))
  const node = lookAtNodeName(clusterMs)
  const cib = await look('the configuration of the cluster', () => lookAtCib(clusterMs))
  const containers = look('containers', () => lookAtContainers(afterwardsMs))
  const units = look('units of systemd', () => (cib === undefined ? [] : lookAtUnits(cib, afterwardsMs)))
  const models = look('models of Ollama', async () => {
    if (cib === undefined) return []
    const end = Date.now() + afterwardsMs
    const places = {
      containers: (await containers) ?? [],
      units: await lookAtModelUnits(cib, afterwardsMs / 2),
    }
    return lookAtModels(modelsIn(cib, await node, places), Math.max(end - Date.now(), leastMs))
  })
  const files = cib === undefined ? [] : secretFilesIn(cib)
  const { seen: secretFiles, failure } = await lookAtSecretFiles(files, afterwardsMs)
  if (failure !== undefined) gaps.push({ what: 'files with secrets', why: failure.message })
  const observation: Observation = {
    node: await node,
    cib,
    status: await status,
    fencingMemory: await fencings,
    corosync: await corosync,
    sbd: lookAtSbd(),
    ocfs2: lookAtOcfs2(),
    drbd: (await drbd) ?? [],
    nfs: lookAtNfsServer(),
    containers: (await containers) ?? [],
    units: (await units) ?? [],
    upgrades: await upgrades,
    durations: (await look('recorded durations', () => lookAtDurations())) ?? [],
    links: (await look('network interfaces', () => lookAtLinks())) ?? [],
    secretFiles,
    models: (await models) ?? [],
    advice,
  }
  if (process.getuid?.() !== 0)
    gaps.push({ what: 'everything that only root may see', why: 'run it as root' })
  if (observation.status !== undefined && observation.status.fencings === undefined)
    gaps.push({ what: 'the history of fencing', why: 'the fencer gave no answer' })
  return { observation, gaps }
}
