import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { MODEL, type OllamaTrial, ollamaTrial } from './ollama-trial.ts'
import { gpuUuid } from './players/nvidia.ts'

const FULL = process.env.HAHA_FULL === '1'

let trial: OllamaTrial

beforeAll(async () => {
  trial = await ollamaTrial({ infer_timeout: '1s' })
  expect(await trial.act('start')).toMatchObject({ code: 0 })
})
afterAll(() => trial?.end())

afterEach(() => {
  trial.ollama.behave({})
  trial.gpu.driver('loaded')
  trial.gpu.kernelLog()
  trial.gpu.smi({ code: 0 })
})

describe('a healthy server', () => {
  test('is healthy at every depth, and its pin is for ever', async () => {
    for (const depth of [0, 10, 20] as const)
      expect(await trial.monitor(depth)).toMatchObject({ code: 0, stderr: '' })
    expect((await trial.loaded())?.expires_at).toMatch(/^2319/)
  })

  test('keeps its runner and its pin through many probes', { timeout: 900_000 }, async () => {
    const before = { runners: trial.ollama.runners().map(({ pid }) => pid), loaded: await trial.loaded() }
    for (let probe = 0; probe < (FULL ? 1000 : 20); probe += 1) expect((await trial.monitor(20)).code).toBe(0)
    expect({ runners: trial.ollama.runners().map(({ pid }) => pid), loaded: await trial.loaded() }).toEqual(
      before,
    )
  })

  test('loaded with another context length is asked with that length', async () => {
    const wish = { model: MODEL, prompt: '', keep_alive: -1, stream: false, options: { num_ctx: 8192 } }
    await trial.post('/api/generate', wish).answer
    const before = trial.ollama.runners().map(({ pid }) => pid)
    expect((await trial.monitor(20)).code).toBe(0)
    expect(trial.ollama.runners().map(({ pid }) => pid)).toEqual(before)
    expect(await trial.loaded()).toMatchObject({
      context_length: 8192,
      expires_at: expect.stringMatching(/^2319/),
    })
  })
})

describe('a hung runner', () => {
  afterEach(async () => {
    for (const { pid } of trial.ollama.runners()) process.kill(pid, 'SIGCONT')
    await eventually(async () => expect((await trial.monitor(20)).code).toBe(0))
  })

  test('is seen by the first monitor of depth 20, by name; depth 0 and 10 are blind to it', async () => {
    const [runner] = trial.ollama.runners()
    if (runner !== undefined) process.kill(runner.pid, 'SIGSTOP')
    expect((await trial.monitor(0)).code).toBe(0)
    expect((await trial.monitor(10)).code).toBe(0)
    const { code, reason } = await trial.monitor(20)
    expect(code).toBe(1)
    expect(reason).toBe(
      `runner pid ${runner?.pid} hangs, stopped by a signal: no token of ${MODEL} within 1 s and no progress`,
    )
  })

  test('counts as often as infer_fail_count says', async () => {
    const [runner] = trial.ollama.runners()
    if (runner !== undefined) process.kill(runner.pid, 'SIGSTOP')
    expect((await trial.monitor(20, { infer_fail_count: '2' })).code).toBe(0)
    expect((await trial.monitor(20, { infer_fail_count: '2' })).code).toBe(1)
  })
})

describe('a busy runner', () => {
  test.each([true, false])('is never called hung, with /slots %s', { timeout: 1_200_000 }, async slots => {
    // Generations of 10 to 120 s; without --full the same in a tenth of the time.
    const scale = FULL ? 1 : 0.1
    trial.ollama.behave({ slots, tokensPerSecond: 20 })
    let stop = false
    let made = 0
    const client = (async () => {
      for (; !stop; made += 1) {
        const seconds = (10 + (made % 12) * 10) * scale
        const wish = {
          model: MODEL,
          prompt: 'tell',
          stream: false,
          options: { num_ctx: 8192, num_predict: seconds * 20 },
        }
        const sent = trial.post('/api/generate', wish)
        const watch = setInterval(() => {
          if (stop) sent.abort()
        }, 50)
        await sent.answer
        clearInterval(watch)
      }
    })()
    await pause(300)
    const codes: number[] = []
    let waited = 0
    for (let probe = 0; probe < (FULL ? 50 : 6); probe += 1) {
      const { code, durationMs } = await trial.monitor(20, { infer_timeout: FULL ? '4s' : '400ms' })
      codes.push(code)
      if (durationMs > 900) waited += 1
    }
    stop = true
    await client
    expect(codes.filter(code => code !== 0)).toEqual([])
    // Otherwise nothing was proved: the probes were never kept waiting.
    expect(waited).toBeGreaterThan(codes.length / 2)
  })

  test('without counters is believed as long as busy_limit says', async () => {
    await eventually(async () => expect((await trial.monitor(20)).code).toBe(0))
    trial.ollama.behave({ slots: false, tokensPerSecond: 20 })
    const busy = trial.post('/api/generate', {
      model: MODEL,
      prompt: 'tell',
      stream: false,
      options: { num_ctx: 8192, num_predict: 4000 },
    })
    await pause(300)
    const limits = { busy_limit: '1s', infer_timeout: '300ms' }
    try {
      expect((await trial.monitor(20, limits)).code).toBe(0)
      await pause(1000)
      expect(await trial.monitor(20, limits)).toMatchObject({
        code: 1,
        reason: expect.stringContaining('made no token for 1s (busy_limit)'),
      })
    } finally {
      busy.abort()
    }
    await eventually(async () => expect((await trial.monitor(20)).code).toBe(0))
  })
})

describe('the GPU', () => {
  test('a model that moved to the CPU is a failure at depth 10, not at depth 0', async () => {
    trial.ollama.behave({ vramShare: 0 })
    expect((await trial.monitor(0)).code).toBe(0)
    expect(await trial.monitor(10)).toMatchObject({
      code: 1,
      reason: expect.stringContaining('runs on the CPU'),
    })
    expect((await trial.monitor(10, { require_gpu: 'false' })).code).toBe(0)
  })

  test('a model that spilled is told with its share', async () => {
    trial.ollama.behave({ vramShare: 0.6 })
    expect((await trial.monitor(10)).reason).toContain('lies to 60 % in video memory')
    expect((await trial.monitor(10, { min_vram_percent: '50' })).code).toBe(0)
  })

  test('slow tokens betray a CPU that Ollama calls a GPU', async () => {
    trial.ollama.behave({ tokensPerSecond: 10 })
    const parameters = { min_tokens_per_sec: '50', infer_timeout: '10s' }
    expect(await trial.monitor(20, parameters)).toMatchObject({
      code: 1,
      reason: expect.stringMatching(/makes \d+\.\d tokens\/s, min_tokens_per_sec is 50/),
    })
  })

  test.each([
    ['missing', 'no NVIDIA driver is loaded for the card at 0000:01:00.0'],
    [
      'off-the-bus',
      'the NVIDIA driver has no GPU, it fell off the bus: restart the machine; then crm resource cleanup',
    ],
  ] as const)('a driver that is %s is told', async (state, text) => {
    trial.gpu.driver(state)
    expect((await trial.monitor(0)).code).toBe(0)
    expect(await trial.monitor(10)).toMatchObject({ code: 1, reason: expect.stringContaining(text) })
    expect((await trial.monitor(10, { gpu_check: 'none' })).code).toBe(0)
  })

  test('another GPU’s Xid is no matter to a machine with several', async () => {
    trial.gpu.kernelLog('NVRM: Xid (PCI:0000:41:00): 79, GPU has fallen off the bus.')
    expect((await trial.monitor(10, { gpu_uuid: gpuUuid })).code).toBe(0)
    expect((await trial.monitor(10)).code).toBe(1)
  })

  test('another GPU than the wanted one is not enough', async () => {
    const parameters = { gpu_uuid: 'GPU-00000000-0000-0000-0000-000000000000' }
    expect((await trial.monitor(10, parameters)).reason).toContain(
      'the driver has no GPU-00000000-0000-0000-0000-000000000000: restart the machine',
    )
  })

  test.each([79, 62, 64, 95, 109, 119, 120, 140])('Xid %i is fatal, with its cure', async number => {
    trial.gpu.kernelLog('usb 1-1: new device', `NVRM: Xid (PCI:0000:01:00): ${number}, pid=1234, name=ollama`)
    const { code, reason } = await trial.monitor(10)
    expect(code).toBe(1)
    expect(reason).toContain(`Xid ${number}`)
    expect(reason).toContain(number === 79 ? 'restart the machine' : 'reset it')
  })

  test.each([13, 31, 43, 63, 92, 94])('Xid %i is none of the GPU’s end', async number => {
    trial.gpu.kernelLog(`NVRM: Xid (PCI:0000:01:00): ${number}, pid=1234`)
    expect((await trial.monitor(10)).code).toBe(0)
  })
})

describe('nvidia-smi', () => {
  const smi = { gpu_check: 'smi', smi_timeout: '500ms' }

  test.each([
    [6, 'No devices were found', 1],
    [8, '', 1],
    [9, "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", 1],
    [15, 'Unable to determine the device handle for GPU0000:01:00.0: GPU is lost.', 1],
    [2, 'Invalid combination of input arguments.', 190],
    [3, '', 190],
    [4, 'Insufficient Permissions', 190],
    [10, '', 190],
    [12, "NVIDIA-SMI couldn't find libnvidia-ml.so library in your system.", 190],
    [13, 'Failed to initialize NVML: Driver/library version mismatch', 190],
    [14, 'WARNING: infoROM is corrupted at gpu 0000:01:00.0', 190],
    [255, 'Unknown Error', 190],
  ])('its exit code %i (%s) answers %i', async (code, text, expected) => {
    trial.gpu.smi({ code, text })
    const result = await trial.monitor(10, smi)
    expect(result.code).toBe(expected)
    expect(result.reason).toContain(`nvidia-smi ${code}: `)
    if (text !== '') expect(expected === 190 ? result.reason : result.stderr).toContain(text.slice(0, 30))
  })

  test('that hangs is said at depth 10, and never delays depth 0', async () => {
    trial.gpu.smi('hangs')
    expect(await trial.monitor(10, smi)).toMatchObject({
      code: 190,
      reason: expect.stringContaining('hangs'),
    })
    const before = trial.gpu.smiCalls()
    for (let probe = 0; probe < 10; probe += 1) {
      const { code, durationMs } = await trial.monitor(0, smi)
      expect(code).toBe(0)
      expect(durationMs).toBeLessThan(3000)
    }
    expect(trial.gpu.smiCalls()).toBe(before)
  })

  test('that is not asked for is not run', async () => {
    const before = trial.gpu.smiCalls()
    expect((await trial.monitor(20)).code).toBe(0)
    expect(trial.gpu.smiCalls()).toBe(before)
  })
})

describe('the host and the server', () => {
  test('little memory of the host is told as degraded', async () => {
    expect(await trial.monitor(10, { min_free_memory: '9999999' })).toMatchObject({
      code: 190,
      reason: expect.stringContaining('host memory'),
    })
  })

  test.each([
    ['stranger', 'something not JSON'],
    ['cut-off', 'in the middle of its answer'],
    ['endless', 'more than 1 MiB'],
  ] as const)('an answer that is %s is a failure at once', async (answers, text) => {
    trial.ollama.behave({ answers })
    expect(await trial.monitor(0)).toMatchObject({ code: 1, reason: expect.stringContaining(text) })
  })

  test.each(['error', 'none'] as const)(
    'an answer that is %s may pass: the second one counts',
    async answers => {
      trial.ollama.behave({ answers })
      // A short time-out, of which a monitor waits for a silent server no more than half.
      const monitor = () => trial.act('monitor', { intervalMs: 15_000, checkLevel: 0, timeoutMs: 6000 })
      expect((await monitor()).code).toBe(0)
      expect((await monitor()).code).toBe(1)
      trial.ollama.behave({})
      expect((await trial.monitor(0)).code).toBe(0)
    },
  )

  test('a runner that was killed is seen, although Ollama lists its model', async () => {
    for (const { pid } of trial.ollama.runners()) process.kill(pid, 'SIGKILL')
    await eventually(async () => expect(trial.ollama.runners()).toEqual([]))
    expect(await trial.monitor(10)).toMatchObject({
      code: 1,
      reason: expect.stringContaining('is gone, although'),
    })
    await trial.post('/api/generate', { model: MODEL, prompt: '', keep_alive: -1, stream: false }).answer
    expect((await trial.monitor(20)).code).toBe(0)
  })

  test('a model that somebody unloaded is missed', async () => {
    await trial.post('/api/generate', { model: 'llama3.2:3b', prompt: '', stream: false }).answer
    expect((await trial.monitor(10)).reason).toContain(`model ${MODEL} is not in memory`)
    await trial.post('/api/generate', { model: MODEL, prompt: '', keep_alive: -1, stream: false }).answer
    expect((await trial.monitor(10)).code).toBe(0)
  })
})
