import { join } from 'node:path'
import type { Narrator } from '../drill/narrator.ts'
import { followLogs } from '../drill/node-logs.ts'
import { until } from '../drill/waiting.ts'
import { wording } from '../drill/wording.ts'
import { houseConfiguration } from '../house/cluster-configuration.ts'
import { COORDINATOR_PORT } from '../house/coordinator.ts'
import { startFedCoordinator } from '../house/fed-coordinator.ts'
import { writeHouseFiles } from '../house/files.ts'
import { HOUSE_IMAGES, HOUSE_SERVICES } from '../house/services.ts'
import type { Cluster } from '../lab/cluster.ts'
import { startClient } from './client.ts'
import { membershipSeconds } from './floor.ts'
import { HOUSE_DIRECTORY, HOUSE_PROJECT, MOUNT } from './house-place.ts'
import { neighbour } from './network-addresses.ts'
import { measureOwnTimes } from './own-start.ts'
import { TOLD } from './reading.ts'
import type { Stage } from './stage.ts'
import { startWatcher } from './watcher.ts'

/** corosync.conf(5): added to the token for each node beyond the second, milliseconds. */
const TOKEN_COEFFICIENT_MS = 650

/** How much of it is measured: the self-test needs none of the figures. */
export interface Preparation {
  readonly ownStartRuns: number
  /** Called for everything that must be ended before the cluster is taken down. */
  readonly onEnd: (end: () => Promise<void> | void) => void
}

/** Puts the house into a formed cluster, measures its floor, and lets Pacemaker start it on the first worker. */
export async function prepare(
  cluster: Cluster,
  narrator: Narrator,
  { ownStartRuns, onEnd }: Preparation,
): Promise<Stage> {
  const [first] = cluster.plan.workers
  const arbiter = cluster.nodes.find(node => !cluster.plan.workers.includes(node))
  if (first === undefined || arbiter === undefined)
    throw new Error('the demo needs two workers and an arbiter')
  await cluster.loadImages(HOUSE_IMAGES)
  narrator.say(`the engines have ${HOUSE_IMAGES.length} images`)

  const radio = await startFedCoordinator(cluster, join(cluster.shared, 'radio/memory.json'))
  onEnd(() => radio.close())
  await writeHouseFiles(join(cluster.shared, HOUSE_PROJECT), {
    published: '0.0.0.0',
    coordinator: `${radio.address}:${COORDINATOR_PORT}`,
  })

  const root = (node: (typeof cluster.nodes)[number]) => {
    const pid = cluster.pid1(node)
    return pid === undefined ? undefined : `/proc/${pid}/root`
  }
  const watcher = startWatcher(
    cluster.plan.workers.map(name => ({
      name,
      cgroup: () => cluster.cgroup(name),
      dockerRoot: () => below(root(name), 'var/lib/docker'),
    })),
  )
  onEnd(() => watcher.stop())
  watcher.onDouble(({ service, nodes }) =>
    narrator.say(`DOUBLE RUN: ${service} has processes on ${nodes.join(' and ')}`),
  )

  const { stdout } = await cluster.exec(first, ['ip', '-4', '-o', 'addr', 'show', 'dev', 'eth0'])
  const address = neighbour(stdout, cluster.vip)
  if (address === undefined) throw new Error(`node ${first} has no address beside ${cluster.vip}`)
  const { ownStart, ownRestart } = await measureOwnTimes(cluster, first, address, ownStartRuns, line =>
    narrator.say(line),
  )

  const logs = followLogs(
    cluster.nodes.map(name => ({ name, file: () => below(root(name), 'var/log/pacemaker/pacemaker.log') })),
  )
  onEnd(() => logs.stop())
  const client = startClient(cluster.clientNamespace, cluster.vip)
  onEnd(() => client.close())
  const plugs = cluster.nodes.map(node => ({ node, address: cluster.power(node).address }))
  await cluster.load(
    houseConfiguration({
      mount: MOUNT,
      directory: HOUSE_DIRECTORY,
      vip: cluster.vip,
      preferred: first,
      arbiter,
      plugs,
    }),
  )
  narrator.say('configuration loaded: floating address, stack, fencing')
  const loadedMs = Date.now()
  await until(
    `every service answers at ${cluster.vip}`,
    () => client.steady(HOUSE_SERVICES, loadedMs),
    180_000,
  )
  narrator.say(`every service answers at ${cluster.vip}`)

  watcher.onStart(({ service, node }) => narrator.say(`${service} runs on ${node}`))
  client.onChange(({ service, ok }) =>
    narrator.say(`client: ${service} ${ok ? 'answers' : 'does not answer'}`),
  )
  logs.onEvent(event => {
    const what = wording(event, TOLD)
    if (what !== undefined) narrator.sayOnce(what)
  })
  const { nodes, tokenMs } = cluster.plan
  return {
    ...{ cluster, radio, client, watcher, logs, narrator, ownStart, ownRestart, ownStartRuns },
    membershipSeconds: membershipSeconds({ token: tokenMs, tokenCoefficient: TOKEN_COEFFICIENT_MS, nodes }),
  }
}

const below = (root: string | undefined, path: string): string | undefined =>
  root === undefined ? undefined : join(root, path)
