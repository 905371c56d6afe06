import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'
import { expect } from 'vitest'
import { type Cluster, upCluster } from '../../scripts/lab/cluster.ts'
import type { ClusterState } from '../../scripts/lab/cluster-state.ts'
import { type ClusterPlan, clusterPlan, type NodeName } from '../../scripts/lab/plan.ts'
import type { PowerEvent } from '../../scripts/lab/plug.ts'
import { interleavings, readHeartbeats } from '../../scripts/show/heartbeats.ts'
import { startWatcher, type Watcher } from '../../scripts/show/watcher.ts'
import { REQUIRED, type RequiredService, stackConfiguration, writeStack } from './stack-files.ts'

/** Longest wait for the cluster to do what it ought to: a node that is fenced has to boot again. */
const PATIENCE_MS = 120_000

/** The stack at work, as one look found it. */
export interface AtWork {
  readonly active: NodeName
  readonly standby: NodeName
  /** Ids of the containers that run, in order: other ones tell that the stack was started anew. */
  readonly containers: readonly string[]
}

/** A real cluster on which Pacemaker runs a stack of stand-ins, watched from outside. */
export class StackCluster {
  readonly cluster: Cluster
  readonly #watcher: Watcher
  #marked: readonly PowerEvent[] = []

  private constructor(cluster: Cluster, watcher: Watcher) {
    this.cluster = cluster
    this.#watcher = watcher
  }

  static async up(
    wanted: Partial<ClusterPlan>,
    delays: Partial<Record<NodeName, string>> = {},
  ): Promise<StackCluster> {
    const cluster = await upCluster(clusterPlan({ ...wanted, lifetime: 'this process' }))
    try {
      await writeStack(cluster.shared)
      await cluster.loadImages(['haha/busybox:1', 'haha/standin:1'])
      const root = (node: NodeName) => {
        const pid = cluster.pid1(node)
        return pid === undefined ? undefined : `/proc/${pid}/root/var/lib/docker`
      }
      const watcher = startWatcher(
        cluster.plan.workers.map(name => ({
          name,
          cgroup: () => cluster.cgroup(name),
          dockerRoot: () => root(name),
        })),
      )
      const stack = new StackCluster(cluster, watcher)
      const arbiters = cluster.nodes.filter(node => !cluster.plan.workers.includes(node))
      const plugs = cluster.nodes.map(node => {
        const delay = delays[node]
        return { node, address: cluster.power(node).address, ...(delay === undefined ? {} : { delay }) }
      })
      await cluster.load(stackConfiguration({ vip: cluster.vip, arbiters, plugs }))
      const [first] = cluster.nodes
      // The stack answers before its start has looked at it; a test that breaks it then would break a start.
      if (first !== undefined) await cluster.exec(first, ['crm_resource', '--wait', '--timeout=90s'])
      await stack.settled()
      return stack
    } catch (error) {
      await cluster.down()
      throw error
    }
  }

  async down(): Promise<void> {
    this.#watcher.stop()
    await this.cluster.down()
  }

  /** A command in a node, its output, and a failure that tells what it said. */
  async run(node: NodeName, command: string, timeoutMs = 60_000): Promise<string> {
    const { exitCode, stdout, stderr } = await this.cluster.exec(node, ['sh', '-c', command], { timeoutMs })
    if (exitCode !== 0) throw new Error(`${node}: ${command} ended with ${exitCode}: ${stderr}${stdout}`)
    return stdout
  }

  /** Asks a service through the floating address. @returns the name of the node that answered */
  async ask(service: RequiredService): Promise<string | undefined> {
    const url = `http://${this.cluster.vip}:${REQUIRED[service]}/`
    const { stdout, failed } = await execa(
      'nsenter',
      [`--net=/run/netns/${this.cluster.clientNamespace}`, 'curl', '-s', '-m', '1', url],
      { reject: false },
    )
    return failed ? undefined : stdout
  }

  /** Tells a stand-in on a node how to behave from now on. */
  async misbehave(node: NodeName, port: number, mode: string): Promise<void> {
    const url = `http://127.0.0.1:${port}/misbehave?mode=${mode}`
    const curl = ['curl', '-s', '-m', '10', '-w', ' %{http_code}', url]
    const { exitCode, stdout } = await this.cluster.exec(node, curl, { timeoutMs: 15_000 })
    if (stdout !== `${mode} 200`)
      throw new Error(`${node}: port ${port} was not told to ${mode}: curl ended with ${exitCode}: ${stdout}`)
  }

  /** What runs where, as seen from the host. */
  running(): readonly { readonly node: string; readonly service: string; readonly container: string }[] {
    return this.#watcher.log.running()
  }

  /** Whether any container of the stack ran on a node since a moment. */
  ranOn(node: NodeName, sinceMs: number): boolean {
    return this.#watcher.log.all.some(one => one.node === node && one.toMs >= sinceMs)
  }

  /**
   * Waits until every node is a member, no resource is failed, and the stack runs on one worker and answers at
   * its address. What Pacemaker lists of failures that are over is no matter.
   * @throws with what is still missing when the time is over
   */
  async settled(patienceMs = PATIENCE_MS): Promise<AtWork> {
    const end = Date.now() + patienceMs
    for (;;) {
      const look = await this.#look()
      if (typeof look !== 'string') return look
      if (Date.now() > end) throw new Error(`the cluster has not settled in ${patienceMs / 1000} s: ${look}`)
      await pause(300)
    }
  }

  /** Waits until a look at the cluster's state pleases. */
  async until(what: string, look: (state: ClusterState) => boolean | Promise<boolean>, patienceMs = 60_000) {
    const end = Date.now() + patienceMs
    for (;;) {
      // The node that was asked may die while it answers.
      const state = await this.cluster.state().catch(() => undefined)
      if (state !== undefined && (await look(state))) return
      if (Date.now() > end)
        throw new Error(`${what}: not within ${patienceMs / 1000} s: ${JSON.stringify(state)}`)
      await pause(200)
    }
  }

  /** From now on fences are counted anew. */
  async mark(): Promise<void> {
    this.#marked = await this.#powerEvents()
  }

  /** Nodes whose power the cluster has asked to be taken since {@link mark}, each once. */
  async fenced(): Promise<readonly string[]> {
    const events = (await this.#powerEvents()).slice(this.#marked.length)
    const asked = events.filter(event => event.what === 'off asked').map(event => event.node)
    return [...new Set(asked)].sort()
  }

  /** What must hold at any time: no service on two nodes at once, as seen from the host and by itself. */
  expectNeverTwice(): void {
    expect(this.#watcher.doubleRuns()).toEqual([])
    for (const service of Object.keys(REQUIRED)) {
      const text = readFileSync(join(this.cluster.shared, 'stack/heartbeat', service), 'utf8')
      expect(interleavings(readHeartbeats(text).beats)).toEqual([])
    }
  }

  /** Undoes what a test may have left, whatever became of it. */
  async restore(): Promise<void> {
    for (const node of this.cluster.nodes) {
      const plug = this.cluster.power(node)
      await plug.misbehave({ kind: 'none' })
      await this.cluster.uncut(node)
      if ((await plug.status()) === 'off') await plug.on()
      else if (this.cluster.pid1(node) === undefined) await this.cluster.boot(node)
    }
    await this.#allOnline()
    await writeStack(this.cluster.shared)
    for (const worker of this.cluster.plan.workers) {
      await this.cluster.exec(worker, ['sh', '-c', 'kill -CONT $(pidof dockerd containerd)'])
    }
    const [node] = this.cluster.nodes
    if (node === undefined) return
    // Pacemaker's own commands: each start of crmsh takes most of a second, and this follows every test.
    const group = 'crm_resource --resource g_house'
    const commands = [
      'crm_attribute --name maintenance-mode --update false',
      `${group} --meta --delete-parameter is-managed`,
      `${group} --meta --delete-parameter target-role`,
      `${group} --clear`,
      ...this.cluster.nodes.map(name => `crm_attribute --node ${name} --name standby --delete`),
      // A result that is on its way when its resource's history is deleted is lost, and the DC waits for it.
      'crm_resource --wait --timeout=60s',
      'crm_resource --cleanup',
    ]
    await this.cluster.exec(node, ['sh', '-c', `{ ${commands.join('; ')}; } >/dev/null 2>&1`])
    await this.settled()
    await this.mark()
  }

  /** A node that is being fenced is off for a while, by its plug too. */
  async #allOnline(): Promise<void> {
    const everyone = (state: ClusterState) =>
      this.cluster.nodes.every(name => state.nodes.some(node => node.name === name && node.online))
    await this.until('every node is online', everyone, PATIENCE_MS)
  }

  /** Removes the compose file, as somebody who tidies up would. */
  deleteYaml(): void {
    rmSync(join(this.cluster.shared, 'stack/compose.yaml'))
  }

  async #powerEvents(): Promise<readonly PowerEvent[]> {
    const logs = await Promise.all(this.cluster.nodes.map(node => this.cluster.power(node).log()))
    return logs
      .flat()
      .filter((event, at, all) => all.findIndex(other => isSame(other, event)) === at)
      .sort((a, b) => a.atMs - b.atMs)
  }

  async #look(): Promise<AtWork | string> {
    const state = await this.cluster.state().catch((error: unknown) => String(error))
    if (typeof state === 'string') return state
    const absent = this.cluster.nodes.filter(
      name => !state.nodes.some(node => node.name === name && node.online && !node.unclean && !node.standby),
    )
    if (absent.length > 0) return `${absent.join(', ')} not online`
    const stack = state.resources.find(({ id }) => id === 'p_stack')
    const vip = state.resources.find(({ id }) => id === 'p_vip')
    const active = this.cluster.plan.workers.find(name => name === stack?.nodes[0])
    const standby = this.cluster.plan.workers.find(name => name !== active)
    if (stack === undefined || active === undefined || standby === undefined || stack.nodes.length !== 1)
      return `p_stack runs on ${stack?.nodes.join(', ') || 'no node'}`
    if (vip?.nodes.join() !== active)
      return `p_vip is on ${vip?.nodes.join(', ') || 'no node'}, not ${active}`
    // Of a clone there is a copy more than there are places for it.
    const isPlaced = (id: string) => state.resources.some(one => one.id === id && one.active)
    const idle = state.resources.filter(({ id, failed, managed }) => !isPlaced(id) || failed || !managed)
    if (idle.length > 0) return `not well: ${idle.map(({ id }) => id).join(', ')}`
    for (const service of ['app', 'esp'] as const) {
      const answer = await this.ask(service)
      if (answer !== active) return `${service} at the floating address answers ${answer ?? 'nothing'}`
    }
    const containers = this.running().flatMap(one => (one.node === active ? [one.container] : []))
    return { active, standby, containers: [...new Set(containers)].sort() }
  }
}

function isSame(one: PowerEvent, other: PowerEvent): boolean {
  return one.atMs === other.atMs && one.node === other.node && one.what === other.what
}
