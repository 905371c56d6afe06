import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stateFolder } from '../lib/ocf/state-file.ts'
import { type ActionRun, environmentOf, runAction } from '../test/executor.ts'
import { installOllama, type PlayedOllama } from '../test/peers/players/ollama.ts'
import { allBuilds } from './bench/builds.ts'
import { cpuTimes, type Measured } from './bench/cpu-time.ts'
import { holds, type Row, table } from './bench/limits.ts'
import { root } from './bundle.ts'

const rounds = 40
const instance = 'p_bench-ollama'
const agent = join(root, 'dist/ocf/haha/ollama-gpu')
const depths = [0, 10, 20] as const
/** Most that depth 0 may cost of node itself. */
const ofBare = 1.3

function run(ollama: PlayedOllama, more: Partial<ActionRun> & { readonly action: string }): ActionRun {
  const parameters = {
    binary: ollama.program,
    user: 'root',
    host: `127.0.0.1:${ollama.port}`,
    models_dir: ollama.models,
    model: 'tiny:latest',
  }
  return { instance, parameters, timeoutMs: 60_000, ...more }
}

/** Monitors of a healthy server at each depth, against node with an empty script, in one pass. */
async function measure(ollama: PlayedOllama): Promise<readonly Row[]> {
  const empty = join(ollama.folder, 'empty.cjs')
  writeFileSync(empty, '')
  const tried = await allBuilds()
  const commands = tried.flatMap(({ node }): readonly Measured[] => [
    { argv: [node, empty], env: {} },
    ...depths.map((depth): Measured => {
      const monitor = run(ollama, { action: 'monitor', intervalMs: 15_000 + depth, checkLevel: depth })
      return { argv: [node, agent, 'monitor'], env: environmentOf(monitor, 60_000) }
    }),
  ])
  const times = await cpuTimes(commands, rounds)
  return tried.flatMap(({ name }, at) => {
    const [bare = [], ...own] = times.slice(at * (depths.length + 1), (at + 1) * (depths.length + 1))
    return [
      { name: `${name}: bare`, times: bare },
      ...depths.map((depth, index): Row => {
        const limit = depth === 0 ? { limit: ofBare } : {}
        const against = { name: 'bare', times: bare, ...limit }
        return { name: `${name}: monitor of depth ${depth}`, times: own[index] ?? [], against }
      }),
    ]
  })
}

async function main(): Promise<number> {
  const ollama = await installOllama()
  try {
    const started = await runAction(agent, run(ollama, { action: 'start' }))
    if (started.code !== 0) throw new Error(`start: ${started.code} ${started.stderr}`)
    const rows = await measure(ollama)
    process.stdout.write(`${table(rows)}\n`)
    return rows.every(holds) ? 0 : 1
  } finally {
    await runAction(agent, run(ollama, { action: 'stop' }))
    ollama.remove()
    for (const kind of ['json', 'durations.json'])
      rmSync(`${stateFolder}/ollama-gpu-${instance}.${kind}`, { force: true })
    rmSync(`/var/log/haha-ocf/ollama-${instance}.log`, { force: true })
  }
}

process.exitCode = await main()
