import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { readValues } from '../../lib/cluster/attributes.ts'
import { houseConfiguration } from '../../scripts/house/cluster-configuration.ts'
import { COORDINATOR_PORT } from '../../scripts/house/coordinator.ts'
import { type FedCoordinator, startFedCoordinator } from '../../scripts/house/fed-coordinator.ts'
import { writeHouseFiles } from '../../scripts/house/files.ts'
import { HOUSE_IMAGES } from '../../scripts/house/services.ts'
import { COMMUNITY_FILE, WATCH, watchConfiguration } from '../../scripts/house/watched-coordinator.ts'
import { type Cluster, upCluster } from '../../scripts/lab/cluster.ts'
import { namespacePrefix } from '../../scripts/lab/place.ts'
import { clusterPlan, type NodeName } from '../../scripts/lab/plan.ts'
import { type Client, startClient } from '../../scripts/show/client.ts'
import { HOUSE_DIRECTORY, HOUSE_PROJECT, MOUNT } from '../../scripts/show/house-place.ts'
import { LAMPS_ANSWERS } from '../../scripts/show/lamps.ts'

const ARBITER = 'n3'
const PREFERRED = 'n1'

/** A cluster that runs a whole house with real Zigbee2MQTT, and watches its radio, which hangs on a switch. */
export class RadioHouse {
  readonly cluster: Cluster
  readonly radio: FedCoordinator
  /** What the port's power did, in order. */
  readonly switched: boolean[] = []
  readonly #lamps: Client

  private constructor(cluster: Cluster, radio: FedCoordinator) {
    this.cluster = cluster
    this.radio = radio
    this.#lamps = startClient(cluster.clientNamespace, cluster.vip, 'run-lamp-client.ts')
    radio.onPower(powered => this.switched.push(powered))
  }

  static async up(name: string): Promise<RadioHouse> {
    const cluster = await upCluster(clusterPlan({ name, lifetime: 'this process' }))
    let radio: FedCoordinator | undefined
    try {
      await cluster.loadImages(HOUSE_IMAGES)
      radio = await startFedCoordinator(cluster, join(cluster.shared, 'radio/memory.json'))
      const coordinator = `${radio.address}:${COORDINATOR_PORT}`
      await writeHouseFiles(join(cluster.shared, HOUSE_PROJECT), { published: '0.0.0.0', coordinator })
      const write = `umask 077; mkdir -p "$(dirname "$1")"; cat >"$1"`
      for (const worker of cluster.plan.workers)
        await cluster.exec(worker, ['sh', '-c', write, 'write', COMMUNITY_FILE], {
          input: `${radio.community}\n`,
        })
      const plugs = cluster.nodes.map(node => ({ node, address: cluster.power(node).address }))
      const place = { mount: MOUNT, directory: HOUSE_DIRECTORY, vip: cluster.vip }
      const house = houseConfiguration({ ...place, preferred: PREFERRED, arbiter: ARBITER, plugs })
      const watch = watchConfiguration({ ...radio, port: COORDINATOR_PORT, arbiter: ARBITER })
      await cluster.load(`${house}${watch}`)
      const own = new RadioHouse(cluster, radio)
      // Ten minutes unless told: no test waits for so long after the one before it.
      await own.run(
        `crm_resource --resource ${WATCH} --set-parameter recovery_cooldown --parameter-value 1min`,
      )
      return own
    } catch (error) {
      await radio?.close()
      await cluster.down()
      throw error
    }
  }

  async down(): Promise<void> {
    await this.#lamps.close()
    await this.radio.close()
    await this.cluster.down()
  }

  async run(command: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.cluster.exec(PREFERRED, ['sh', '-c', command])
    if (exitCode !== 0) throw new Error(`${command} ended with ${exitCode}: ${stderr}${stdout}`)
    return stdout.trim()
  }

  /** Waits until a Zigbee command goes through the radio again. @returns milliseconds since `fromMs` */
  async lampsObey(fromMs: number, patienceMs: number): Promise<number> {
    await this.#until('the lamps obey', patienceMs, async () => this.#lamps.steady([LAMPS_ANSWERS], fromMs))
    return Date.now() - fromMs
  }

  /** Waits for what the watch says of a degraded reason on the node that runs the house. */
  async told(key: 'hung' | 'session', text: RegExp, patienceMs: number): Promise<string> {
    const name = `haha-${WATCH}-${key}`
    let value = ''
    await this.#until(`${name} says ${text}`, patienceMs, async () => {
      const answer = await this.cluster.exec(PREFERRED, ['attrd_updater', '-Q', '-A', '-n', name])
      value = readValues(answer.stdout).get(await this.active()) ?? ''
      return text.test(value)
    })
    return value
  }

  /** Where the stack runs. */
  async active(): Promise<NodeName> {
    let place: NodeName | undefined
    await this.#until('the stack runs on one node', 120_000, async () => {
      const state = await this.cluster.state().catch(() => undefined)
      const nodes = state?.resources.find(({ id }) => id === 'p_stack')?.nodes ?? []
      place = nodes.length === 1 ? this.cluster.nodes.find(node => node === nodes[0]) : undefined
      return place !== undefined
    })
    return place ?? PREFERRED
  }

  /** When each container that runs was made, by service. */
  async containers(): Promise<ReadonlyMap<string, string>> {
    const format = '{{.Label "com.docker.compose.service"}} {{.ID}}'
    const { stdout } = await this.cluster.exec(await this.active(), ['docker', 'ps', '--format', format])
    return new Map(
      stdout.split('\n').flatMap(line => {
        const [service, id] = line.split(' ')
        return service === undefined || id === undefined ? [] : [[service, id]]
      }),
    )
  }

  /** The coordinator's bridge swallows every byte; the device still answers a ping. */
  bridge(state: 'dead' | 'alive'): void {
    const netns = `--net=/run/netns/${namespacePrefix(this.cluster.name)}radio`
    const rule = ['INPUT', '-p', 'tcp', '--dport', String(COORDINATOR_PORT), '-j', 'DROP']
    execFileSync('nsenter', [netns, 'iptables', state === 'dead' ? '-A' : '-D', ...rule], { stdio: 'pipe' })
  }

  /** Nodes whose power the cluster has asked to be taken. */
  async fenced(): Promise<readonly string[]> {
    const logs = await Promise.all(this.cluster.nodes.map(node => this.cluster.power(node).log()))
    return logs.flat().flatMap(({ what, node }) => (what === 'off asked' ? [node] : []))
  }

  async #until(what: string, patienceMs: number, isSo: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + patienceMs
    while (!(await isSo())) {
      if (Date.now() > end) throw new Error(`${what}: not within ${patienceMs / 1000} s`)
      await pause(300)
    }
  }
}
