import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { npmTree } from '../../scripts/engine/npm.ts'
import { eventually } from './eventually.ts'
import { MODEL, type OllamaTrial, ollamaTrial } from './ollama-trial.ts'
import type { Behaviour } from './players/ollama/faults.ts'
import { writeTinyModel } from './players/ollama/tiny-model.ts'

let trial: OllamaTrial
let real: Partial<Behaviour>

/** The runner is llama.cpp with a model of random weights: its speed and its business are genuine. */
beforeAll(async () => {
  const tree = await npmTree(join(import.meta.dirname, 'ollama-inference'), ['dev', 'optional'])
  trial = await ollamaTrial({ infer_timeout: '500ms' })
  const modelFile = join(trial.ollama.models, 'tiny.gguf')
  writeTinyModel(modelFile)
  real = { engine: createRequire(join(tree, 'package.json')).resolve('node-llama-cpp'), modelFile }
  trial.ollama.behave(real)
  expect(await trial.act('start', { parameters: { min_tokens_per_sec: '5' } })).toMatchObject({ code: 0 })
})
afterAll(() => trial?.end())

test('real tokens are timed: what no processor reaches is missed, with the real speed in the reason', async () => {
  expect(await trial.monitor(20, { min_tokens_per_sec: '5' })).toMatchObject({ code: 0, stderr: '' })
  const { code, reason } = await trial.monitor(20, { min_tokens_per_sec: '100000' })
  expect(code).toBe(1)
  const speed = /makes (\d+\.\d) tokens\/s, min_tokens_per_sec is 100000/.exec(reason)?.[1]
  expect(Number(speed)).toBeGreaterThan(5)
})

test.each([true, false])('real business is never called hung, with /slots %s', async slots => {
  trial.ollama.behave({ ...real, slots })
  const busy = trial.post('/api/generate', {
    model: MODEL,
    prompt: 'tell',
    stream: false,
    options: { num_ctx: 4096, num_predict: 1_000_000 },
  })
  try {
    const probes = []
    for (let probe = 0; probe < 4; probe += 1) probes.push(await trial.monitor(20))
    expect(probes.map(({ code, reason }) => [code, reason])).toEqual(Array(4).fill([0, '']))
    // Otherwise nothing was proved: the probes were never kept waiting.
    expect(Math.min(...probes.map(({ durationMs }) => durationMs))).toBeGreaterThan(500)
  } finally {
    busy.abort()
  }
  await eventually(async () => expect((await trial.monitor(20)).durationMs).toBeLessThan(500))
})

test('a stop in the middle of real tokens is a hung runner, and is over when it goes on', async () => {
  const [runner] = trial.ollama.runners()
  if (runner === undefined) throw new Error('no runner')
  process.kill(runner.pid, 'SIGSTOP')
  const { code, reason } = await trial.monitor(20)
  process.kill(runner.pid, 'SIGCONT')
  expect({ code, reason }).toEqual({
    code: 1,
    reason: expect.stringContaining(`runner pid ${runner.pid} hangs, stopped by a signal`),
  })
  await eventually(async () => expect((await trial.monitor(20)).code).toBe(0))
})
