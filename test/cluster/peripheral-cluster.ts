import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'
import { readValues } from '../../lib/cluster/attributes.ts'
import { type Cluster, upCluster } from '../../scripts/lab/cluster.ts'
import { clusterPlan, type NodeName } from '../../scripts/lab/plan.ts'
import { readPacemakerLine } from '../../scripts/pacemaker/log-line.ts'
import { fencingByPlugs } from './fencing.ts'

/** Of the watch's monitor; the rule under test counts looks, not seconds. */
export const INTERVAL_MS = 3_000
/** Nodes that watch, and may run what depends on it; the third one only votes. */
const WATCHERS = ['n1', 'n2'] as const
export type Watcher = (typeof WATCHERS)[number]
const PATIENCE_MS = 90_000

export const otherWatcher = (node: Watcher): Watcher => (node === 'n1' ? 'n2' : 'n1')

/** A cluster that watches several peripherals, each with a resource of its own that depends on it. */
export class PeripheralCluster {
  readonly cluster: Cluster
  readonly peripherals: readonly Peripheral[]

  private constructor(cluster: Cluster, count: number) {
    this.cluster = cluster
    this.peripherals = Array.from({ length: count }, (_, index) => new Peripheral(cluster, index + 1))
  }

  /** @param count of peripherals, each with a watch and a stack of its own */
  static async up(name: string, count: number): Promise<PeripheralCluster> {
    const cluster = await upCluster(clusterPlan({ name, workers: [], lifetime: 'this process' }))
    try {
      const own = new PeripheralCluster(cluster, count)
      await Promise.all(own.peripherals.map(one => one.appear()))
      const parts = own.peripherals.map(one => one.configuration())
      await cluster.load(`${parts.join('')}rsc_defaults resource-stickiness=100\n${fencingByPlugs(cluster)}`)
      await Promise.all(own.peripherals.map(one => one.restore()))
      return own
    } catch (error) {
      await cluster.down()
      throw error
    }
  }

  async down(): Promise<void> {
    await this.cluster.down()
  }

  async run(node: NodeName, command: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.cluster.exec(node, ['sh', '-c', command])
    if (exitCode !== 0) throw new Error(`${node}: ${command} ended with ${exitCode}: ${stderr}${stdout}`)
    return stdout.trim()
  }

  /** Nodes whose power the cluster has asked to be taken. */
  async fenced(): Promise<readonly string[]> {
    const logs = await Promise.all(this.cluster.nodes.map(node => this.cluster.power(node).log()))
    return logs.flat().flatMap(({ what, node }) => (what === 'off asked' ? [node] : []))
  }
}

/** A device on the nodes' network, the clone that watches it, and the stack that a constraint binds to it. */
export class Peripheral {
  readonly watch: string
  readonly clone: string
  readonly stack: string
  readonly #address: string
  readonly #cluster: Cluster

  constructor(cluster: Cluster, number: number) {
    this.#cluster = cluster
    this.watch = `watch${number}`
    this.clone = `c_watch${number}`
    this.stack = `p_stack${number}`
    this.#address = `${cluster.vip.slice(0, cluster.vip.lastIndexOf('.'))}.${210 + number}`
  }

  /** As the agent's page tells to write it. */
  configuration(): string {
    return `primitive p_${this.watch} ocf:haha:network-peripheral \\
  params name=${this.watch} targets=icmp://${this.#address} probe_timeout=500ms attempts=1 \\
  op start timeout=40s interval=0 \\
  op stop timeout=60s interval=0 \\
  op monitor interval=${INTERVAL_MS / 1000}s timeout=30s
clone ${this.clone} p_${this.watch} meta interleave=true
primitive ${this.stack} ocf:pacemaker:Dummy op monitor interval=10s timeout=20s
location l_${this.clone}_arbiter ${this.clone} resource-discovery=never -inf: n3
location l_${this.stack}_arbiter ${this.stack} resource-discovery=never -inf: n3
location l_${this.stack} ${this.stack} rule -1000: ${this.watch} lt 1
`
  }

  /** For everybody: it falls silent. */
  async die(): Promise<void> {
    await this.#atClient(['addr', 'del', `${this.#address}/32`, 'dev', 'eth0'])
  }

  async appear(): Promise<void> {
    await this.#atClient(['addr', 'replace', `${this.#address}/32`, 'dev', 'eth0'])
  }

  /** What this node sends to it is lost without a word. */
  async cutPath(node: NodeName): Promise<void> {
    const lost = ['lladdr', '02:77:00:00:00:99', 'nud', 'permanent']
    await this.#cluster.exec(node, ['ip', 'neigh', 'replace', this.#address, 'dev', 'eth0', ...lost])
  }

  async mendPath(node: NodeName): Promise<void> {
    await this.#cluster.exec(node, ['ip', 'neigh', 'del', this.#address, 'dev', 'eth0'])
  }

  /** Undoes what was done to it, and waits until both nodes have seen that, and the stack runs on one of them. */
  async restore(): Promise<void> {
    await this.appear()
    for (const node of WATCHERS) await this.mendPath(node)
    for (const node of WATCHERS) {
      await this.untilAttribute('', node, '1')
      for (const key of ['unreachable_here', 'down_for_all']) await this.untilAttribute(key, node, '')
    }
    await this.#cluster.exec('n1', ['crm_resource', '--wait', '--timeout=60s'])
    await this.active()
  }

  async reachedBy(node: NodeName): Promise<boolean> {
    const { exitCode } = await this.#cluster.exec(node, ['ping', '-n', '-c', '3', '-W', '1', this.#address])
    return exitCode === 0
  }

  /** Where the stack runs. */
  async active(): Promise<Watcher> {
    const [node] = await this.#waitFor(`${this.stack} runs`, async () => {
      const state = await this.#cluster.state().catch(() => undefined)
      const stack = state?.resources.find(({ id }) => id === this.stack)
      const place = stack?.nodes.length === 1 ? WATCHERS.find(name => name === stack.nodes[0]) : undefined
      return place === undefined ? undefined : [place]
    })
    return node
  }

  async untilActive(node: Watcher): Promise<void> {
    await this.#waitFor(`${this.stack} runs on ${node}`, async () =>
      (await this.active()) === node ? true : undefined,
    )
  }

  /**
   * Waits for the value of a node attribute.
   * @param key of a degraded reason; empty for the attribute that the constraint reads
   */
  async untilAttribute(key: string, node: Watcher, value: string | RegExp): Promise<void> {
    const name = key === '' ? this.watch : `haha-p_${this.watch}-${key}`
    await this.#waitFor(`${name} is ${value} on ${node}`, async () => {
      const answer = await this.#cluster.exec(node, ['attrd_updater', '-Q', '-A', '-n', name])
      const found = readValues(answer.stdout).get(node) ?? ''
      return (typeof value === 'string' ? found === value : value.test(found)) ? true : undefined
    })
  }

  /** Every start and stop of the stack so far, by the nodes' own logs: `stop n1`. */
  story(): readonly string[] {
    const year = new Date().getUTCFullYear()
    const found = this.#cluster.nodes.flatMap(node => {
      const log = readFileSync(
        `/proc/${this.#cluster.pid1(node)}/root/var/log/pacemaker/pacemaker.log`,
        'utf8',
      )
      return log.split('\n').flatMap(line => {
        const event = line.includes(`for ${this.stack} on`) ? readPacemakerLine(line, year) : undefined
        return event?.kind === 'action' && event.node === node && event.action !== 'monitor' ? [event] : []
      })
    })
    return found
      .filter(({ action }) => action === 'start' || action === 'stop')
      .sort((a, b) => a.atMs - b.atMs)
      .map(({ action, node }) => `${action} ${node}`)
  }

  async #waitFor<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const end = Date.now() + PATIENCE_MS
    for (;;) {
      const found = await look()
      if (found !== undefined) return found
      if (Date.now() > end) throw new Error(`${what}: not within ${PATIENCE_MS / 1000} s`)
      await pause(300)
    }
  }

  async #atClient(args: readonly string[]): Promise<void> {
    await execa('ip', ['-n', this.#cluster.clientNamespace, ...args], { reject: args[1] !== 'del' })
  }
}
