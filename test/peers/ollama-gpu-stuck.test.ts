import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { processState } from '../../lib/host/processes.ts'
import { type FrozenDisk, freezeDisk } from '../cluster/frozen-disk.ts'
import { eventually } from './eventually.ts'
import { MODEL, type OllamaTrial, ollamaTrial } from './ollama-trial.ts'

let trial: OllamaTrial
let disk: FrozenDisk

beforeAll(async () => {
  disk = await freezeDisk()
  trial = await ollamaTrial({ infer_timeout: '1s' })
  expect((await trial.act('start')).code).toBe(0)
})
afterAll(async () => {
  await disk?.remove()
  trial?.end()
})

describe('what sleeps uninterruptibly, as a process does that waits for a dead GPU', () => {
  test('nvidia-smi: said, no second one beside it, and depth 0 knows nothing of it', async () => {
    const smi = { gpu_check: 'smi', smi_timeout: '500ms' }
    trial.gpu.smi({ sleepsIn: disk.folder })
    const first = await trial.monitor(10, smi)
    expect(first).toMatchObject({ code: 190, reason: expect.stringContaining('nvidia-smi hangs') })
    expect(first.durationMs).toBeLessThan(5000)
    expect(await trial.monitor(10, smi)).toMatchObject({
      code: 190,
      reason: expect.stringMatching(/nvidia-smi pid \d+ still hangs: restart the machine/),
    })
    expect(trial.gpu.smiCalls()).toBe(1)
    const { code, durationMs } = await trial.monitor(0, smi)
    expect(code).toBe(0)
    expect(durationMs).toBeLessThan(1500)
  })

  test('a runner: seen at depth 20, a stop fails and says why, and is fine once it woke', async () => {
    trial.ollama.behave({ sleepsIn: disk.folder })
    const [runner] = trial.ollama.runners()
    if (runner === undefined) throw new Error('no runner')
    trial.post('/api/generate', { model: MODEL, prompt: 'x', options: { num_ctx: 4096 } })
    await eventually(async () => expect(processState(runner.pid)).toBe('D'))
    expect(await trial.monitor(20)).toMatchObject({
      code: 1,
      reason: expect.stringContaining(`runner pid ${runner.pid} hangs, in uninterruptible sleep`),
    })
    const { code, reason } = await trial.act('stop', { timeoutMs: 9000 })
    expect(code).toBe(1)
    // Pacemaker keeps 128 characters: the cure is among them.
    expect(reason.slice(0, 128)).toContain(`runner pid ${runner.pid} in D state, restart the machine`)
    await disk.thaw()
    await pause(200)
    expect((await trial.act('stop')).code).toBe(0)
    expect([...trial.ollama.servers(), ...trial.ollama.runners()]).toEqual([])
  })
})
