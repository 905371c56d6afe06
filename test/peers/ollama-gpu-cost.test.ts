import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodeExecutable } from '../../scripts/nodes.ts'
import { environmentOf, runAction } from '../executor.ts'
import { forKeptCode, moduleListing, withNodeFs } from './loaded-modules.ts'
import { type OllamaTrial, ollamaTrial } from './ollama-trial.ts'

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
    const listing = moduleListing(trial.ollama.folder)
    const node = await nodeExecutable(build)
    // The first one unpacks its program, and leaves it compiled for those that follow.
    expect((await runAction(trial.bundle, { ...trial.monitorRun, node })).code).toBe(0)
    for (const checkLevel of [0, 10, 20]) {
      const run = { ...trial.monitorRun, checkLevel }
      const { exitCode, stdout, stderr } = await execa(node, [...listing.preload, trial.bundle, 'monitor'], {
        env: environmentOf(run, 30_000),
        extendEnv: false,
        reject: false,
        cwd: '/',
      })
      expect([exitCode, stdout + stderr]).toEqual([0, ''])
      expect(listing.loaded().filter(name => ![...withNodeFs, forKeptCode].includes(name))).toEqual([])
    }
  },
)
