import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodeExecutable } from '../../scripts/nodes.ts'
import { environmentOf, runAction } from '../executor.ts'
import { type OllamaTrial, ollamaTrial } from './ollama-trial.ts'

/** Runs the program that an earlier monitor has left compiled. */
const forKeptCode = 'vm'

/** Node 18 reads every property of node:fs when it is first loaded, fs.promises among them. */
const withNodeFs = ['fs/promises', 'timers/promises', 'stream', 'stream/promises', 'string_decoder']

let trial: OllamaTrial

beforeAll(async () => {
  trial = await ollamaTrial()
  expect((await trial.act('start')).code).toBe(0)
})
afterAll(() => trial?.end())

/** Figures in milliseconds are those of `npm run bench:ollama`; no busy machine can falsify these. */
test.each(['official-18', 'official-20', 'debian-12'] as const)(
  'a healthy monitor loads nothing but its kept code, at every depth, with node %s',
  async build => {
    const listing = join(trial.ollama.folder, 'modules')
    const preload = join(trial.ollama.folder, 'list-modules.cjs')
    writeFileSync(
      preload,
      `const before = new Set(process.moduleLoadList)
      process.on('exit', () => {
        const added = process.moduleLoadList.filter(name => !before.has(name))
        require('node:fs').writeFileSync(${JSON.stringify(listing)}, added.join('\\n'))
      })`,
    )
    const node = await nodeExecutable(build)
    // The first one unpacks its program, and leaves it compiled for those that follow.
    expect((await runAction(trial.bundle, { ...trial.monitorRun, node })).code).toBe(0)
    for (const checkLevel of [0, 10, 20]) {
      const run = { ...trial.monitorRun, checkLevel }
      const { exitCode, stdout, stderr } = await execa(
        node,
        ['--require', preload, trial.bundle, 'monitor'],
        { env: environmentOf(run, 30_000), extendEnv: false, reject: false, cwd: '/' },
      )
      expect([exitCode, stdout + stderr]).toEqual([0, ''])
      const loaded = readFileSync(listing, 'utf8')
        .split('\n')
        .flatMap(line => /^NativeModule (?!internal\/)(.*)$/.exec(line)?.[1] ?? [])
      expect(loaded.filter(name => ![...withNodeFs, forKeptCode].includes(name))).toEqual([])
    }
  },
)
