import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { isSameProcess, ownIdentity } from '../engine/processes.ts'
import { createGroup } from './cgroups.ts'
import { waitFormed } from './formation.ts'
import { missingGround } from './ground.ts'
import { execInside, putInside } from './inside.ts'
import { removeCluster } from './leftovers.ts'
import { lastWord, nodePid1 } from './machine.ts'
import { createSwitches } from './network.ts'
import { writeNodeDisk } from './node-disk.ts'
import { nodeRoot } from './node-root.ts'
import { type ClusterPlace, clusterPlace } from './place.ts'
import { type ClusterPlan, type NodeName, nodesOf } from './plan.ts'
import { ask } from './protocol.ts'
import { readRecord, writeRecord } from './record.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const CONTROLLER = join(import.meta.dirname, 'controller.ts')
const CONTROLLER_MS = 15_000
const ENGINE_MS = 60_000
/** After them a node has its mounts, or has died of them. */
const FIRST_STEPS_MS = 1_000

/**
 * From nothing to a formed cluster with our package on every node.
 *
 * @throws one line, with nothing left behind
 */
export async function bringUp(
  plan: ClusterPlan,
  progress: (line: string) => void,
  signal?: AbortSignal,
): Promise<ClusterPlan> {
  const lack = await missingGround()
  if (lack !== undefined) throw new Error(`this machine cannot carry a cluster: ${lack}`)
  const place = clusterPlace(plan.name)
  await refuseRunning(place)
  const deb = plan.deb ?? (await newestPackage())
  if (!existsSync(deb)) throw new Error(`no package ${deb}: npm run package`)
  const complete: ClusterPlan = { ...plan, deb }
  progress(`root file system of the nodes, Debian ${plan.suite}`)
  const lower = await unless(signal, nodeRoot(plan))
  await removeCluster(place)
  try {
    await mkdir(place.run, { recursive: true })
    await writeRecord(place, { plan: complete, lower, owner: ownIdentity() })
    progress('switches, disks and plugs')
    await prepare(place, complete, lower)
    signal?.throwIfAborted()
    await startController(place)
    progress(`booting ${nodesOf(plan).join(', ')}`)
    await Promise.all(nodesOf(plan).map(node => ask(place, { verb: 'boot', node })))
    await sleep(FIRST_STEPS_MS)
    for (const node of nodesOf(plan)) refuseDead(place, node)
    await unless(signal, waitFormed(place, complete))
    progress(`formed; installing ${basename(deb)} on every node`)
    await unless(signal, Promise.all(nodesOf(plan).map(node => install(place, node, deb))))
    await unless(signal, Promise.all(plan.workers.map(node => waitForEngine(place, node))))
    if (plan.lifetime === 'until down') await ask(place, { verb: 'release' })
    return complete
  } catch (error) {
    await removeCluster(place)
    throw error
  }
}

/** Waits for a step that makes nothing on this machine, or throws as soon as the signal comes. */
function unless<T>(signal: AbortSignal | undefined, step: Promise<T>): Promise<T> {
  if (signal === undefined) return step
  // Nobody hears a step that goes on failing after it was given up.
  step.catch(() => undefined)
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    step.then(resolve, reject)
  })
}

/** A cluster that somebody uses is no leftover. */
async function refuseRunning(place: ClusterPlace): Promise<void> {
  const record = await readRecord(place)
  if (record === undefined || !existsSync(place.controllerSocket)) return
  const answers = await ask(place, { verb: 'log' }).then(
    () => true,
    () => false,
  )
  if (!answers) return
  if (record.owner !== undefined && isSameProcess(record.owner))
    throw new Error(
      `cluster ${place.name} belongs to the running process ${record.owner.pid}: choose another --name`,
    )
  if (record.owner === undefined)
    throw new Error(
      `cluster ${place.name} is up already: scripts/cluster down --name ${place.name}, or another --name`,
    )
}

async function newestPackage(): Promise<string> {
  const dist = join(REPOSITORY, 'dist')
  const names = (await readdir(dist).catch(() => [])).filter(name => name.endsWith('.deb')).sort()
  const newest = names.at(-1)
  if (newest === undefined) throw new Error(`no .deb in ${dist}: npm run package`)
  return join(dist, newest)
}

async function prepare(place: ClusterPlace, plan: ClusterPlan, lower: string): Promise<void> {
  await mkdir(place.disks)
  await execa('mount', ['-t', 'tmpfs', '-o', 'mode=755,size=4g', 'haha-lab', place.disks])
  await mkdir(place.shared, { recursive: true })
  await createGroup(place.cgroup)
  await createSwitches(place)
  const keys = { corosync: randomBytes(256), pacemaker: randomBytes(4096) }
  for (const node of nodesOf(plan)) await writeNodeDisk(place, plan, node, lower, keys)
}

async function startController(place: ClusterPlace): Promise<void> {
  const log = openSync(place.controllerLog, 'a')
  const child = spawn(
    'nsenter',
    [`--net=/run/netns/${place.switch}`, process.execPath, CONTROLLER, place.name],
    { cwd: '/', detached: true, stdio: ['ignore', log, log] },
  )
  closeSync(log)
  child.unref()
  const end = Date.now() + CONTROLLER_MS
  while (!existsSync(place.controllerSocket)) {
    if (child.exitCode !== null || Date.now() > end) {
      const said = (await readFile(place.controllerLog, 'utf8')).trim().split('\n').at(-1)
      throw new Error(`the controller of cluster ${place.name} did not start: ${said}`)
    }
    await sleep(20)
  }
}

function refuseDead(place: ClusterPlace, node: NodeName): void {
  if (nodePid1(place, node) === undefined)
    throw new Error(`node ${node} died while booting: ${lastWord(place, node)}`)
}

async function install(place: ClusterPlace, node: NodeName, deb: string): Promise<void> {
  const file = `/var/cache/apt/archives/${basename(deb)}`
  await putInside(place, node, deb, file)
  const apt = ['apt-get', 'install', '-y', '-qq', '-o', 'Dpkg::Use-Pty=0', file]
  const { exitCode, stderr } = await execInside(place, node, apt, {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (exitCode !== 0) throw new Error(`apt on ${node} answers ${exitCode}: ${stderr.trim().slice(0, 160)}`)
}

async function waitForEngine(place: ClusterPlace, node: NodeName): Promise<void> {
  const end = Date.now() + ENGINE_MS
  for (;;) {
    const { exitCode, stderr } = await execInside(place, node, ['docker', 'version'], { timeoutMs: 10_000 })
    if (exitCode === 0) return
    if (Date.now() > end) throw new Error(`the engine of ${node} does not answer: ${stderr.slice(0, 160)}`)
    await sleep(300)
  }
}
