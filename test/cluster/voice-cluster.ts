import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'
import { PlayedVoice } from '../../scripts/house/played-voice.ts'
import { VOICE_MODEL, VOICE_PORT, voiceConfiguration } from '../../scripts/house/voice.ts'
import { type Cluster, upCluster } from '../../scripts/lab/cluster.ts'
import type { ClusterState } from '../../scripts/lab/cluster-state.ts'
import { clusterPlan } from '../../scripts/lab/plan.ts'
import type { DriverState } from '../peers/players/nvidia.ts'
import type { Behaviour } from '../peers/players/ollama/faults.ts'
import { fencingByPlugs } from './fencing.ts'

/** Nodes with a played GPU; the third one only votes. */
const GPU_NODES = ['n1', 'n2'] as const
export type GpuNode = (typeof GPU_NODES)[number]

/** A cluster of which two nodes have a played GPU and a played Ollama, and Pacemaker runs the voice. */
export class VoiceCluster {
  readonly cluster: Cluster
  readonly #voice: PlayedVoice

  private constructor(cluster: Cluster, voice: PlayedVoice) {
    this.cluster = cluster
    this.#voice = voice
  }

  static async up(name: string): Promise<VoiceCluster> {
    return VoiceCluster.in(await upCluster(clusterPlan({ name, workers: [], lifetime: 'this process' })))
  }

  /** The same on a cluster that is up already. */
  static async in(cluster: Cluster): Promise<VoiceCluster> {
    try {
      return new VoiceCluster(cluster, await PlayedVoice.install(cluster, GPU_NODES))
    } catch (error) {
      await cluster.down()
      throw error
    }
  }

  async down(): Promise<void> {
    await this.cluster.down()
  }

  /** Has Pacemaker run it; n2 is where it would rather be. */
  async configure(): Promise<void> {
    const voice = voiceConfiguration({ vip: this.cluster.vip, preferred: 'n2', arbiter: 'n3' })
    await this.cluster.load(`${voice}rsc_defaults resource-stickiness=100\n${fencingByPlugs(this.cluster)}`)
  }

  run(node: GpuNode | 'n3', command: string): Promise<string> {
    return this.#voice.run(node, command)
  }

  behave(node: GpuNode, behaviour: Partial<Behaviour>): Promise<void> {
    return this.#voice.behave(node, behaviour)
  }

  forgetModels(node: GpuNode): Promise<void> {
    return this.#voice.forgetModels(node)
  }

  driver(node: GpuNode, state: DriverState): Promise<void> {
    return this.#voice.driver(node, state)
  }

  kernelLog(node: GpuNode, ...lines: readonly string[]): Promise<void> {
    return this.#voice.kernelLog(node, ...lines)
  }

  /** Pids in the node of `ollama serve` or of its runners. */
  pids(node: GpuNode, what: 'serve' | 'runner'): Promise<readonly string[]> {
    return this.#voice.pids(node, what)
  }

  /** Has the voice speak, as a client of the house does. @returns how many tokens came */
  async speak(tokens: number, patienceSeconds = 5): Promise<number> {
    const wish = {
      model: VOICE_MODEL,
      prompt: 'hi',
      stream: false,
      options: { num_ctx: 4096, num_predict: tokens },
    }
    const url = `http://${this.cluster.vip}:${VOICE_PORT}/api/generate`
    const curl = ['curl', '-s', '-m', String(patienceSeconds), '-d', JSON.stringify(wish), url]
    const inside = [`--net=/run/netns/${this.cluster.clientNamespace}`, ...curl]
    const { stdout, failed } = await execa('nsenter', inside, { reject: false })
    const told: unknown = failed ? undefined : JSON.parse(stdout)
    return typeof told === 'object' && told !== null && 'eval_count' in told ? Number(told.eval_count) : 0
  }

  /** Waits until the voice speaks from a node. @returns the failures that Pacemaker lists */
  async speaks(from: GpuNode, patienceMs = 60_000): Promise<readonly string[]> {
    const end = Date.now() + patienceMs
    for (;;) {
      const state = await this.cluster.state().catch(() => undefined)
      const place = state === undefined ? 'unknown' : placeOf(state)
      if (state !== undefined && place === from && (await this.speak(1)) === 1) return state.failures
      if (Date.now() > end)
        throw new Error(`no voice from ${from}: it is on ${place}; ${state?.failures.join('; ')}`)
      await pause(300)
    }
  }

  /** Waits until Pacemaker lists a failure, which a later one of that resource may replace. */
  async fails(text: string, patienceMs = 30_000): Promise<void> {
    const end = Date.now() + patienceMs
    for (;;) {
      const failures = (await this.cluster.state().catch(() => undefined))?.failures ?? []
      if (failures.some(failure => failure.includes(text))) return
      if (Date.now() > end) throw new Error(`not listed: ${text}; ${failures.join('; ')}`)
      await pause(100)
    }
  }

  /** Nodes whose power the cluster has asked to be taken. */
  async fenced(): Promise<readonly string[]> {
    const logs = await Promise.all(this.cluster.nodes.map(node => this.cluster.power(node).log()))
    return logs.flat().flatMap(({ what, node }) => (what === 'off asked' ? [node] : []))
  }

  /** Undoes what a test played and waits for the voice. @returns the node that it speaks from */
  async restore(): Promise<GpuNode> {
    for (const node of GPU_NODES) {
      await this.behave(node, {})
      await this.driver(node, 'loaded')
      await this.kernelLog(node)
    }
    // A result that is on its way when its resource's history is deleted is lost, and the DC waits for it.
    await this.run('n1', 'crm_resource --wait --timeout=60s && crm_resource --cleanup >/dev/null 2>&1')
    const end = Date.now() + 60_000
    for (;;) {
      const state = await this.cluster.state().catch(() => undefined)
      const place = state?.failures.length === 0 ? GPU_NODES.find(node => node === placeOf(state)) : undefined
      if (place !== undefined && (await this.speak(1)) === 1) return place
      if (Date.now() > end) throw new Error(`no voice: ${JSON.stringify(state)}`)
      await pause(300)
    }
  }
}

function placeOf(state: ClusterState): string | undefined {
  const group = state.resources.filter(({ id }) => id.startsWith('p_voice'))
  const well = group.every(one => one.active && !one.failed && one.nodes.length === 1)
  return well ? group[0]?.nodes[0] : undefined
}
