import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { type DriverState, kernelRecords, writeCard, writeDriver } from '../../test/peers/players/nvidia.ts'
import type { Behaviour } from '../../test/peers/players/ollama/faults.ts'
import type { Cluster } from '../lab/cluster.ts'
import type { NodeName } from '../lab/plan.ts'
import { VOICE_MODEL, VOICE_PROGRAM } from './voice.ts'

const PLAYED = '/played'
const MODELS = '/var/lib/ollama/models'
/** As a pull leaves it. */
const MANIFESTS = `${MODELS}/manifests/registry.ollama.ai/library/${VOICE_MODEL.split(':')[0]}`
const PLAYER = join(import.meta.dirname, '../../test/peers/players/ollama/run.ts')

/** Nodes of a running cluster that have a played GPU and a played Ollama, until they boot again. */
export class PlayedVoice {
  readonly #cluster: Cluster

  private constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  static async install(cluster: Cluster, nodes: readonly NodeName[]): Promise<PlayedVoice> {
    const voice = new PlayedVoice(cluster)
    await withFolder(async folder => {
      const program = join(folder, 'ollama')
      await build({
        entryPoints: [PLAYER],
        bundle: true,
        platform: 'node',
        format: 'cjs',
        target: 'node18',
        outfile: program,
        banner: { js: '#!/usr/bin/node' },
        logLevel: 'silent',
      })
      writeCard(join(folder, 'pci'))
      for (const node of nodes) {
        await cluster.put(node, program, VOICE_PROGRAM)
        await cluster.put(node, join(folder, 'pci'), `${PLAYED}/pci`)
        await voice.run(
          node,
          [
            `chmod 755 ${VOICE_PROGRAM}`,
            `mkdir -p ${PLAYED}/driver ${MANIFESTS} && echo '{}' >${MANIFESTS}/${VOICE_MODEL.split(':')[1]}`,
            `touch ${PLAYED}/kmsg /dev/kmsg`,
            `mount --bind ${PLAYED}/driver /proc/driver`,
            `mount --bind ${PLAYED}/pci /sys/bus/pci/devices`,
            `mount --bind ${PLAYED}/kmsg /dev/kmsg`,
          ].join(' && '),
        )
        await voice.driver(node, 'loaded')
      }
    })
    return voice
  }

  /** From its next request on. */
  async behave(node: NodeName, behaviour: Partial<Behaviour>): Promise<void> {
    await this.run(node, `cat > ${VOICE_PROGRAM}.behaviour.json`, JSON.stringify(behaviour))
  }

  /** Leaves a node without any model, as one that was never pulled. */
  async forgetModels(node: NodeName): Promise<void> {
    await this.behave(node, { models: [] })
    await this.run(node, `rm -r ${MODELS}/manifests`)
  }

  async driver(node: NodeName, state: DriverState): Promise<void> {
    await withFolder(async folder => {
      writeDriver(folder, state)
      await this.run(node, `rm -rf ${PLAYED}/driver/nvidia`)
      await this.#cluster.put(node, folder, `${PLAYED}/driver`)
    })
  }

  async kernelLog(node: NodeName, ...lines: readonly string[]): Promise<void> {
    await this.run(node, `cat > ${PLAYED}/kmsg`, kernelRecords(lines))
  }

  /** Pids in the node of `ollama serve` or of its runners. */
  async pids(node: NodeName, what: 'serve' | 'runner'): Promise<readonly string[]> {
    const list = `for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -q '^[^ ]*node ${VOICE_PROGRAM} ${what}' && echo \${p#/proc/}; done; true`
    return (await this.run(node, list)).split('\n').filter(pid => pid !== '')
  }

  /** A command in a node. @throws with what it said when it fails */
  async run(node: NodeName, command: string, input = ''): Promise<string> {
    const { exitCode, stdout, stderr } = await this.#cluster.exec(node, ['sh', '-c', command], { input })
    if (exitCode !== 0) throw new Error(`${node}: ${command} ended with ${exitCode}: ${stderr}${stdout}`)
    return stdout.trim()
  }
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'haha-voice-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
