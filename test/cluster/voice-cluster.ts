import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { build } from 'esbuild'
import { execa } from 'execa'
import { type Cluster, upCluster } from '../../scripts/lab/cluster.ts'
import type { ClusterState } from '../../scripts/lab/cluster-state.ts'
import { clusterPlan } from '../../scripts/lab/plan.ts'
import { type DriverState, kernelRecords, writeCard, writeDriver } from '../peers/players/nvidia.ts'
import type { Behaviour } from '../peers/players/ollama/faults.ts'
import { fencingByPlugs } from './fencing.ts'

export const MODEL = 'tiny:latest'
export const PROGRAM = '/usr/local/bin/ollama'
const PLAYED = '/played'
const PORT = 11434
/** Nodes with a played GPU; the third one only votes. */
const GPU_NODES = ['n1', 'n2'] as const
export type GpuNode = (typeof GPU_NODES)[number]

/** A cluster of which two nodes have a played GPU and a played Ollama, and Pacemaker runs the voice. */
export class VoiceCluster {
  readonly cluster: Cluster
  readonly #folder: string

  private constructor(cluster: Cluster, folder: string) {
    this.cluster = cluster
    this.#folder = folder
  }

  static async up(name: string): Promise<VoiceCluster> {
    return VoiceCluster.in(await upCluster(clusterPlan({ name, workers: [], lifetime: 'this process' })))
  }

  /** The same on a cluster that is up already. */
  static async in(cluster: Cluster): Promise<VoiceCluster> {
    const voice = new VoiceCluster(cluster, mkdtempSync(join(tmpdir(), 'haha-voice-')))
    try {
      await voice.#install()
      return voice
    } catch (error) {
      await voice.down()
      throw error
    }
  }

  async down(): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true })
    await this.cluster.down()
  }

  /** Has Pacemaker run it; n2 is where it would rather be. */
  async configure(): Promise<void> {
    await this.cluster.load(`primitive p_voice ocf:haha:ollama-gpu \\
  params mode=serve binary=${PROGRAM} user=root models_dir=/var/lib/ollama/models host=0.0.0.0:${PORT} \\
    model=${MODEL} min_tokens_per_sec=20 infer_timeout=2s \\
  op start timeout=60s interval=0 \\
  op stop timeout=30s interval=0 \\
  op monitor interval=3s timeout=20s \\
  op monitor interval=5s timeout=30s OCF_CHECK_LEVEL=10 \\
  op monitor interval=7s timeout=30s OCF_CHECK_LEVEL=20 \\
  meta migration-threshold=2
primitive p_voice_vip ocf:heartbeat:IPaddr2 \\
  params ip=${this.cluster.vip} cidr_netmask=24 nic=eth0 \\
  op monitor interval=10s timeout=20s
group g_voice p_voice p_voice_vip
location l_voice_n2 g_voice 10: n2
location l_voice_n3 g_voice resource-discovery=never -inf: n3
rsc_defaults resource-stickiness=100
${fencingByPlugs(this.cluster)}`)
  }

  /** A command in a node. @throws with what it said when it fails */
  async run(node: GpuNode | 'n3', command: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.cluster.exec(node, ['sh', '-c', command])
    if (exitCode !== 0) throw new Error(`${node}: ${command} ended with ${exitCode}: ${stderr}${stdout}`)
    return stdout.trim()
  }

  async behave(node: GpuNode, behaviour: Partial<Behaviour>): Promise<void> {
    await this.#write(node, `${PROGRAM}.behaviour.json`, JSON.stringify(behaviour))
  }

  async driver(node: GpuNode, state: DriverState): Promise<void> {
    const folder = join(this.#folder, state)
    writeDriver(folder, state)
    await this.run(node, `rm -rf ${PLAYED}/driver/nvidia`)
    await this.cluster.put(node, folder, `${PLAYED}/driver`)
  }

  async kernelLog(node: GpuNode, ...lines: readonly string[]): Promise<void> {
    await this.#write(node, `${PLAYED}/kmsg`, kernelRecords(lines))
  }

  /** Pids in the node of `ollama serve` or of its runners. */
  async pids(node: GpuNode, what: 'serve' | 'runner'): Promise<readonly string[]> {
    const list = `for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -q '^[^ ]*node ${PROGRAM} ${what}' && echo \${p#/proc/}; done; true`
    return (await this.run(node, list)).split('\n').filter(pid => pid !== '')
  }

  /** Has the voice speak, as a client of the house does. @returns how many tokens came */
  async speak(tokens: number, patienceSeconds = 5): Promise<number> {
    const wish = {
      model: MODEL,
      prompt: 'hi',
      stream: false,
      options: { num_ctx: 4096, num_predict: tokens },
    }
    const url = `http://${this.cluster.vip}:${PORT}/api/generate`
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

  async #install(): Promise<void> {
    const program = join(this.#folder, 'ollama')
    await build({
      entryPoints: [join(import.meta.dirname, '../peers/players/ollama/run.ts')],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node18',
      outfile: program,
      banner: { js: '#!/usr/bin/node' },
      logLevel: 'silent',
    })
    const pci = join(this.#folder, 'pci')
    mkdirSync(pci)
    writeCard(pci)
    for (const node of GPU_NODES) {
      await this.cluster.put(node, program, PROGRAM)
      await this.cluster.put(node, pci, `${PLAYED}/pci`)
      await this.run(
        node,
        [
          `chmod 755 ${PROGRAM}`,
          `mkdir -p ${PLAYED}/driver /var/lib/ollama/models`,
          `touch ${PLAYED}/kmsg /dev/kmsg`,
          `mount --bind ${PLAYED}/driver /proc/driver`,
          `mount --bind ${PLAYED}/pci /sys/bus/pci/devices`,
          `mount --bind ${PLAYED}/kmsg /dev/kmsg`,
        ].join(' && '),
      )
      await this.driver(node, 'loaded')
    }
  }

  async #write(node: GpuNode, path: string, text: string): Promise<void> {
    const file = join(this.#folder, 'text')
    writeFileSync(file, text)
    await this.cluster.put(node, file, path)
  }
}

function placeOf(state: ClusterState): string | undefined {
  const group = state.resources.filter(({ id }) => id.startsWith('p_voice'))
  const well = group.every(one => one.active && !one.failed && one.nodes.length === 1)
  return well ? group[0]?.nodes[0] : undefined
}
