import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { MODEL, type OllamaTrial, ollamaTrial } from './ollama-trial.ts'

const FULL = process.env.HAHA_FULL === '1'

let trial: OllamaTrial

beforeEach(async () => {
  trial = await ollamaTrial()
})
afterEach(() => trial?.end())

const pids = (processes: readonly { readonly pid: number }[]) => processes.map(({ pid }) => pid)

/** A runner without a server, at work. Its port is none that the kernel gives to somebody else meanwhile. */
async function orphan(model: string, port: number): Promise<void> {
  const args = ['--fork', trial.ollama.program, 'runner', '--model', model, '--port', String(port)]
  spawn('setsid', args, { stdio: 'ignore' })
  await eventually(async () => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.destroy()
  })
}

describe('start', () => {
  test('answers 0 with the model in memory and pinned; a second one changes nothing', async () => {
    expect(await trial.act('start')).toMatchObject({ code: 0, reason: '' })
    const before = [pids(trial.ollama.servers()), pids(trial.ollama.runners()), await trial.loaded()]
    expect(before).toMatchObject([[expect.any(Number)], [expect.any(Number)], { context_length: 4096 }])
    expect((await trial.act('start')).code).toBe(0)
    expect([pids(trial.ollama.servers()), pids(trial.ollama.runners()), await trial.loaded()]).toEqual(before)
  })

  test('waits for a server that opens its port before it looks for GPUs', async () => {
    trial.ollama.behave({ discoveryMs: 1500 })
    const { code, durationMs } = await trial.act('start')
    expect(code).toBe(0)
    expect(durationMs).toBeGreaterThan(1500)
  })

  test.each([
    ['model requires more system memory (5.6 GiB) than is available (2.1 GiB)', 1, 'the memory of the host'],
    ['llama runner process has terminated: cudaMalloc failed: out of memory', 1, 'the memory of the GPU'],
    [
      'llama runner process has terminated: CUDA error: unspecified launch failure',
      5,
      'GPU failure: reset it or restart the machine',
    ],
    [
      'open /models/blobs/sha256-6a0746a1ec1a: no such file or directory',
      5,
      'files in the models directory are broken',
    ],
    [
      'model failed to load, this may be due to resource limitations',
      1,
      'does not load (model failed to load',
    ],
  ])('tells why a model does not load: %s', async (loadError, code, text) => {
    trial.ollama.behave({ loadError })
    const result = await trial.act('start')
    expect(result).toMatchObject({ code, reason: expect.stringContaining(text) })
    expect(result.reason.length).toBeLessThan(200)
    expect((await trial.act('stop')).code).toBe(0)
  })

  test('blames the OOM killer when the kernel says so', async () => {
    trial.ollama.behave({ loadError: 'llama runner process has terminated: signal: killed' })
    // A moment in the future of this boot: the record comes after the start began.
    writeFileSync(
      join(trial.ollama.folder, 'kmsg'),
      '3,2000,99999999999999,-;Out of memory: Killed process 4711 (ollama) total-vm:8000000kB\n',
    )
    expect((await trial.act('start')).reason).toContain('OOM killer ended 4711 (ollama)')
  })

  test('bans the node for a model that it does not have, and says how to get it', async () => {
    expect(await trial.act('start', { parameters: { model: 'qwen3:8b' } })).toMatchObject({
      code: 5,
      reason: 'model qwen3:8b is not on this node: ollama pull qwen3:8b',
    })
  })

  test('bans the node for a silent fall back to the CPU, and names the cleanup', async () => {
    trial.ollama.behave({ vramShare: 0 })
    const { code, reason } = await trial.act('start')
    expect(code).toBe(5)
    expect(reason).toContain('runs on the CPU')
    // Pacemaker keeps no more of it.
    expect(reason.length).toBeLessThanOrEqual(128)
    expect(reason).toContain(`crm resource cleanup ${trial.instance} n1`)
  })

  test('bans the node for a CPU that Ollama calls a GPU: its speed betrays it', async () => {
    trial.ollama.behave({ tokensPerSecond: 20 })
    const { code, reason } = await trial.act('start', { parameters: { min_tokens_per_sec: '50' } })
    expect(code).toBe(5)
    expect(reason).toMatch(/makes \d+\.\d tokens\/s, min_tokens_per_sec is 50/)
    expect(reason).toContain(`crm resource cleanup ${trial.instance} n1`)
    expect(reason.length).toBeLessThanOrEqual(128)
  })

  test('bans the node for a GPU off the bus; after a reset and a cleanup a fatal Xid is history', async () => {
    trial.gpu.kernelLog('NVRM: Xid (PCI:0000:01:00): 95, pid=1234, Uncontained ECC error')
    const cleanup = `crm resource cleanup ${trial.instance} n1`
    const first = await trial.act('start')
    expect(first).toMatchObject({ code: 5, reason: expect.stringContaining('Xid 95: reset it') })
    expect(first.reason).toContain(cleanup)
    expect(first.reason.length).toBeLessThanOrEqual(128)
    await trial.act('stop')
    expect((await trial.act('start')).code).toBe(0)
    expect((await trial.monitor(10)).code).toBe(0)
    await trial.act('stop')
    trial.gpu.kernelLog('NVRM: Xid (PCI:0000:01:00): 79, GPU has fallen off the bus.')
    for (let turn = 0; turn < 2; turn += 1) expect((await trial.act('start')).code).toBe(5)
  })

  test('names who has the port, and leaves it alone', async () => {
    const stranger = createServer().listen(trial.ollama.port, '127.0.0.1')
    await once(stranger, 'listening')
    const { code, reason } = await trial.act('start')
    expect((await trial.act('stop')).code).toBe(0)
    stranger.close()
    expect(code).toBe(1)
    expect(reason).toMatch(new RegExp(`^port ${trial.ollama.port} is taken by .+ \\(pid ${process.pid}\\)`))
  })

  test('says the last words of a server that ends at once', async () => {
    trial.ollama.behave({ fatal: 'Error: mkdir /models: permission denied' })
    expect(await trial.act('start')).toMatchObject({
      code: 1,
      reason: 'the server ended at once: Error: mkdir /models: permission denied',
    })
  })
})

describe('orphans', () => {
  const killServer = async () => {
    for (const { pid } of trial.ollama.servers()) process.kill(pid, 'SIGKILL')
    await eventually(async () => expect(trial.ollama.servers()).toEqual([]))
  }

  test('of a killed server are seen, and gone after the recovery', async () => {
    await trial.act('start')
    const orphans = pids(trial.ollama.runners())
    await killServer()
    expect(pids(trial.ollama.runners())).toEqual(orphans)
    expect(await trial.monitor(0)).toMatchObject({
      code: 1,
      reason: `the server is gone, runner pid ${orphans[0]} left, holding memory of the GPU`,
    })
    expect((await trial.act('stop')).code).toBe(0)
    expect(trial.ollama.runners()).toEqual([])
    expect((await trial.act('start')).code).toBe(0)
    expect(trial.ollama.runners()).toHaveLength(1)
  })

  test('that no record knows, of the same program, user and models, are ended at start', async () => {
    await orphan(`${trial.ollama.models}/blobs/sha256-x`, 21_999)
    const [pid] = pids(trial.ollama.runners())
    const { code, stderr } = await trial.act('start')
    expect(code).toBe(0)
    expect(stderr).toContain(`ending runner pid ${pid}`)
    expect(pids(trial.ollama.runners())).not.toContain(pid)
  })

  test('of another models directory are named and live on', async () => {
    await orphan('/other/blobs/sha256-x', 21_998)
    const [pid] = pids(trial.ollama.runners())
    const { code, stderr } = await trial.act('start')
    expect(code).toBe(0)
    expect(stderr).toContain(`runner pid ${pid} has no server`)
    expect(pids(trial.ollama.runners())).toContain(pid)
    expect((await trial.act('stop')).code).toBe(0)
    expect(pids(trial.ollama.runners())).toEqual([pid])
  })
})

describe('stop', () => {
  test('ends server and runner, and the port is free', async () => {
    await trial.act('start')
    expect(await trial.act('stop')).toMatchObject({ code: 0, reason: '' })
    expect([...trial.ollama.servers(), ...trial.ollama.runners()]).toEqual([])
    const next = createServer().listen(trial.ollama.port, '127.0.0.1')
    await once(next, 'listening')
    next.close()
    expect((await trial.monitor(0)).code).toBe(7)
  })

  // A server that waits for its runner without limit, as on a GPU that hangs, and one that is stopped itself.
  test.each(FULL ? (['runner', 'server'] as const) : (['runner'] as const))(
    'ends by force what does not end: its %s is stopped in the middle of a generation',
    async which => {
      await trial.act('start')
      const options = { num_ctx: 4096, num_predict: 9999 }
      const busy = trial.post('/api/generate', { model: MODEL, prompt: 'x', stream: false, options })
      const stopped = which === 'runner' ? trial.ollama.runners() : trial.ollama.servers()
      for (const { pid } of stopped) process.kill(pid, 'SIGSTOP')
      const { code, durationMs } = await trial.act('stop', { timeoutMs: 40_000 })
      busy.abort()
      expect(code).toBe(0)
      expect(durationMs).toBeLessThan(20_000)
      expect([...trial.ollama.servers(), ...trial.ollama.runners()]).toEqual([])
    },
  )

  test('without a state file finds the server by its program and port', async () => {
    await trial.act('start')
    rmSync(`/run/resource-agents/haha/ollama-gpu-${trial.instance}.json`)
    expect((await trial.act('monitor')).code).toBe(0)
    expect((await trial.act('stop')).code).toBe(0)
    expect(trial.ollama.servers()).toEqual([])
  })
})
