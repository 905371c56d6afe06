import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Engine } from '../../scripts/engine/engine.ts'
import { installEnginePackages } from '../../scripts/engine/host-packages.ts'
import { startStockedEngine } from '../../scripts/engine/stocked.ts'
import { QUICK_IMAGES } from './stack.ts'
import { sleepers, Trial } from './trial.ts'

const FULL = process.env.HAHA_FULL === '1'
const KILLS = FULL ? 50 : 5
const WATCH_MS = FULL ? 60_000 : 5000
const LIMIT_MS = FULL ? 1_800_000 : 180_000

let engine: Engine
let trial: Trial

beforeAll(async () => {
  await installEnginePackages()
  engine = await startStockedEngine({ name: `killed-${process.pid}`, version: 'newest' }, QUICK_IMAGES)
})
afterAll(() => engine?.stop())
beforeEach(() => {
  // With probes start ends as soon as they pass, so that the kills fall into what it does.
  const probes = 'one=exec:true two=exec:true three=exec:true'
  trial = new Trial(engine, 'v2-newest', sleepers(['one', 'two', 'three']), { probes })
})
afterEach(() => trial.clear())

/** Kills spread over a whole run of the action, one somewhere in each part of it. */
function instants(wholeMs: number): number[] {
  return Array.from({ length: KILLS }, (_, part) => (wholeMs * (part + Math.random())) / KILLS)
}

function recorded(): string {
  return readFileSync(`/run/resource-agents/haha/compose-stack-${trial.project}.json`, 'utf8')
}

test(
  `a start killed at ${KILLS} random instants: the stop after it leaves nothing that comes alive`,
  async () => {
    const { durationMs } = await trial.ours('start')
    await trial.ours('stop')
    for (const instant of instants(durationMs)) {
      await trial.ours('start', { killAfterMs: instant })
      const stop = await trial.ours('stop')
      expect(stop.code, `killed after ${Math.round(instant)} ms: ${stop.stderr}`).toBe(0)
      expect(recorded()).toContain('"work":[]')
      await trial.staysDead(1000)
    }
    await trial.staysDead(WATCH_MS)
    expect((await engine.docker(['ps', '-aq'])).stdout).toBe('')
    expect((await trial.probe()).code).toBe(7)
  },
  LIMIT_MS,
)

test(
  `a stop killed at ${KILLS} random instants: the next one ends what is left, and the stack starts again`,
  async () => {
    expect((await trial.ours('start')).code).toBe(0)
    const { durationMs } = await trial.ours('stop')
    for (const instant of instants(durationMs)) {
      expect((await trial.ours('start')).code).toBe(0)
      await trial.ours('stop', { killAfterMs: instant })
      const stop = await trial.ours('stop')
      expect(stop.code, `killed after ${Math.round(instant)} ms: ${stop.stderr}`).toBe(0)
      await trial.staysDead(500)
    }
    await trial.staysDead(WATCH_MS)
    expect((await engine.docker(['ps', '-aq'])).stdout).toBe('')
  },
  LIMIT_MS,
)
