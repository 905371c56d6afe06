import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'
import type { Cluster } from '../../scripts/lab/cluster.ts'
import type { ClusterState } from '../../scripts/lab/cluster-state.ts'
import type { NodeName } from '../../scripts/lab/plan.ts'
import { standin } from './stack-files.ts'

const EXAMPLES = join(import.meta.dirname, '../../examples')
/** Where the examples' share comes from here: a folder of the mount that every node of the lab has. */
export const EXPORT = '/mnt/iot/export'
/** A node that is fenced has to boot again, and images are slow on a busy machine. */
const PATIENCE_MS = 180_000

/** One thing that a lab has otherwise than the example says. */
export type Change = readonly [from: string | RegExp, to: string]

/**
 * An example for crmsh as the lab can run it.
 * @throws when the example does not say any more what is to be changed
 */
export function adapted(example: string, changes: readonly Change[]): string {
  return changes.reduce(
    (text, [from, to]) => {
      const changed = text.replaceAll(typeof from === 'string' ? from : new RegExp(from, 'g'), to)
      if (changed === text) throw new Error(`${example} does not say ${from} any more`)
      return changed
    },
    readFileSync(join(EXAMPLES, example), 'utf8'),
  )
}

/** Services of an example's stack and the port on which each answers. */
export type Ports = Readonly<Record<string, number>>

/** Writes a stack of stand-ins, and a real Mosquitto if the example has one. */
export async function writeExampleStack(cluster: Cluster, ports: Ports, mosquitto: boolean): Promise<void> {
  const folder = join(cluster.shared, 'export/stack')
  await mkdir(join(folder, 'heartbeat'), { recursive: true })
  const services = Object.entries(ports).map(([name, port]) => standin(name, port))
  const broker = `  mosquitto:
    image: haha/mosquitto:2
    ports: ["1883:1883"]
    volumes: [./mosquitto.conf:/mosquitto/config/mosquitto.conf:ro]
    tmpfs: [/mosquitto/data]
`
  await writeFile(join(folder, 'mosquitto.conf'), 'listener 1883\nallow_anonymous true\n')
  await writeFile(join(folder, 'compose.yaml'), `services:\n${services.join('')}${mosquitto ? broker : ''}`)
}

/** What the operator has on each node before the example is loaded: mount points and secrets. */
export async function prepareNodes(cluster: Cluster, mount: string): Promise<void> {
  for (const node of cluster.nodes) {
    const secrets = '/etc/pacemaker/plug.password /etc/pacemaker/proxmox.token /etc/haha/switch.password'
    // Filesystem will not be without modprobe. The nodes have the host's kernel, and no modules of their own.
    const script = `mkdir -p ${mount} /etc/haha && ln -s /bin/true /usr/sbin/modprobe && for f in ${secrets}; do echo 'fence@pve!ha=none' > $f && chmod 600 $f; done`
    const { exitCode, stderr } = await cluster.exec(node, ['sh', '-c', script])
    if (exitCode !== 0) throw new Error(`${node} could not be prepared: ${stderr}`)
  }
}

/**
 * Waits until the house runs whole on one worker and every port answers from there at the floating address.
 * @throws with what is still missing when the time is over
 */
export async function housedOn(cluster: Cluster, ports: Ports): Promise<NodeName> {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const state = await cluster.state().catch((error: unknown) => String(error))
    const look = typeof state === 'string' ? state : await lookAtHouse(cluster, state, ports)
    const node = cluster.plan.workers.find(name => name === look)
    if (node !== undefined) return node
    if (Date.now() > end) throw new Error(`the house has not settled: ${look}; ${JSON.stringify(state)}`)
    await pause(500)
  }
}

/** @returns the node that has the house, or what it lacks */
async function lookAtHouse(cluster: Cluster, state: ClusterState, ports: Ports): Promise<string> {
  const house = state.resources.filter(({ id }) =>
    ['p_share', 'p_filesystem', 'p_vip', 'p_stack'].includes(id),
  )
  const idle = house.filter(one => !one.active || one.failed || one.nodes.length !== 1)
  if (house.length !== 3 || idle.length > 0) return `not active: ${idle.map(({ id }) => id).join(', ')}`
  const nodes = [...new Set(house.flatMap(one => one.nodes))]
  if (nodes.length !== 1) return `scattered over ${nodes.join(', ')}`
  for (const [service, port] of Object.entries(ports)) {
    const curl = ['curl', '-s', '-m', '1', `http://${cluster.vip}:${port}/`]
    const inside = [`--net=/run/netns/${cluster.clientNamespace}`, ...curl]
    const { stdout, failed } = await execa('nsenter', inside, { reject: false })
    if (failed || stdout !== nodes[0]) return `${service} answers ${failed ? 'nothing' : stdout}`
  }
  return nodes[0] ?? 'nowhere'
}

/** Waits until a look at the cluster pleases. @throws when it does not in time */
export async function until(
  cluster: Cluster,
  what: string,
  look: (state: ClusterState) => boolean,
): Promise<void> {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const state = await cluster.state().catch(() => undefined)
    if (state !== undefined && look(state)) return
    if (Date.now() > end) throw new Error(`${what}: not in time; ${JSON.stringify(state)}`)
    await pause(500)
  }
}

/** Nodes whose power the cluster has asked to be taken, each once. */
export async function fencedIn(cluster: Cluster): Promise<readonly string[]> {
  const logs = await Promise.all(cluster.nodes.map(node => cluster.power(node).log()))
  return [...new Set(logs.flat().flatMap(({ what, node }) => (what === 'off asked' ? [node] : [])))]
}
