import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type NodeBuild, nodeExecutable } from '../../scripts/nodes.ts'
import { type ActionRun, runAction } from '../executor.ts'
import { installOllama, type PlayedOllama } from '../peers/players/ollama.ts'

const AGENT = join(import.meta.dirname, '../../dist/ocf/haha/ollama-gpu')
const STATE = '/run/resource-agents/haha'
/** Its own in every run: another clone's run on this machine has the same tests. */
const INSTANCE = `conformance-${process.pid}`

let ollama: PlayedOllama

beforeAll(async () => {
  ollama = await installOllama()
})
afterAll(() => {
  ollama?.remove()
  for (const name of existsSync(STATE) ? readdirSync(STATE) : [])
    if (name.startsWith(`ollama-gpu-${INSTANCE}`)) rmSync(join(STATE, name))
  rmSync(`/var/log/haha-ocf/ollama-${INSTANCE}.log`, { force: true })
})

function run(action: string, more: Partial<ActionRun> = {}) {
  const parameters = {
    binary: ollama.program,
    host: `127.0.0.1:${ollama.port}`,
    models_dir: ollama.models,
    ...more.parameters,
  }
  return runAction(AGENT, { action, instance: INSTANCE, timeoutMs: 20_000, ...more, parameters })
}

describe('exit codes on a node where nothing runs', () => {
  test('a probe and a recurring monitor find it stopped, a stop has nothing to do', async () => {
    expect(await run('monitor')).toMatchObject({ code: 7, reason: '', stderr: '' })
    expect((await run('monitor', { intervalMs: 15_000 })).code).toBe(7)
    expect(await run('stop')).toMatchObject({ code: 0, stderr: '' })
  })

  test('notify is always fine, promotion and migration are not there', async () => {
    expect((await run('notify')).code).toBe(0)
    for (const action of ['promote', 'demote', 'migrate_to', 'migrate_from', 'reload', 'status', ''])
      expect(await run(action), action).toMatchObject({ code: 3 })
  })

  test('without the program start is not installed and says where to get it; probe and stop do not mind', async () => {
    const parameters = { binary: join(ollama.folder, 'absent') }
    expect(await run('start', { parameters })).toMatchObject({
      code: 5,
      reason: expect.stringContaining('not installed'),
    })
    expect((await run('monitor', { parameters })).code).toBe(7)
    expect((await run('stop', { parameters })).code).toBe(0)
  })

  test.each([
    ['models_dir', () => join(ollama.folder, 'absent'), 2, 'does not exist'],
    ['env_file', () => join(ollama.folder, 'absent'), 2, 'does not exist'],
    ['user', () => 'nobody-of-that-name', 2, 'does not exist'],
    ['host', () => '192.0.2.77:11434', 2, 'no address of this node'],
  ])('a %s that this node does not have is this node’s fault', async (name, value, code, text) => {
    expect(await run('start', { parameters: { [name]: value() } })).toMatchObject({
      code,
      reason: expect.stringContaining(text),
    })
    expect((await run('stop', { parameters: { [name]: value() } })).code).toBe(0)
  })
})

/** A wrong value for each parameter that can be wrong, and a hostile one. */
const wrong: Readonly<Record<string, readonly string[]>> = {
  mode: ['podman', 'SERVE'],
  binary: ['ollama serve', '/a/../b', '$(id)'],
  user: ['Root', '-x', '0'],
  container: ['-x', 'a/b', '$(id)'],
  socket: ['docker.sock', 'tcp://1.2.3.4'],
  unit: ['ollama', '-x.service', 'a b.service', 'ollama.socket'],
  host: ['ollama.lan', '127.0.0.1:0', '127.0.0.1:99999', 'https://127.0.0.1', '127.0.0.1/x'],
  models_dir: ['models', '/a/../b'],
  env_file: ['env'],
  model: ['a b', '-x', '`id`'],
  preload: ['perhaps'],
  keep_alive: ['for ever', '5 parsecs'],
  num_ctx: ['0', '-1', 'much'],
  require_gpu: ['maybe'],
  min_vram_percent: ['0', '101', '90%'],
  min_tokens_per_sec: ['-1', 'fast'],
  gpu_uuid: ['0', 'GPU-$(id)'],
  gpu_check: ['nvml'],
  smi_timeout: ['0', '1h'],
  infer_timeout: ['0', 'x'],
  busy_limit: ['0s'],
  infer_fail_count: ['0', '101'],
  reap_orphans: ['2'],
  fatal_xids: ['79,62', 'all', '0'],
  min_free_memory: ['-1', '2G'],
}

describe('a wrong value', () => {
  test.each(Object.entries(wrong))(
    'of %s is refused by name, on one line, with an example',
    async (name, values) => {
      for (const value of values) {
        const result = await run('validate-all', { parameters: { [name]: value } })
        expect(result.code, `${name}=${value}`).toBe(6)
        expect(result.reason).toMatch(new RegExp(`^${name}: .*example: `))
        expect(result.reason.length).toBeLessThan(200)
        expect(result.stderr).not.toContain('    at ')
      }
    },
  )

  test('under a resource stops no house: monitor and stop use what they can', async () => {
    for (const [name, values] of Object.entries(wrong)) {
      const parameters = { [name]: values[0] ?? '' }
      expect((await run('monitor', { parameters, intervalMs: 15_000 })).code, name).toBe(7)
      expect((await run('stop', { parameters })).code, name).toBe(0)
    }
  })
})

const builds: readonly NodeBuild[] = ['official-18', 'official-20', 'debian-12', 'debian-13']

describe.each(builds)('on node %s', build => {
  test('the bundle lives a whole life', async () => {
    const node = await nodeExecutable(build)
    const codes: number[] = []
    for (const action of [
      'meta-data',
      'validate-all',
      'monitor',
      'start',
      'monitor',
      'start',
      'stop',
      'stop',
      'monitor',
    ])
      codes.push((await run(action, { node })).code)
    expect(codes).toEqual([0, 0, 7, 0, 0, 0, 0, 0, 7])
    expect([...ollama.servers(), ...ollama.runners()]).toEqual([])
  })
})

test('ocf-tester finds nothing to complain about', async () => {
  const options = [
    '-o',
    'mode=serve',
    '-o',
    `binary=${ollama.program}`,
    '-o',
    `host=127.0.0.1:${ollama.port}`,
  ]
  const { exitCode, all } = await execa('ocf-tester', ['-n', INSTANCE, ...options, AGENT], {
    all: true,
    reject: false,
    env: { OCF_ROOT: '/usr/lib/ocf' },
  })
  expect(exitCode, all).toBe(0)
  expect(all).toContain('passed all tests')
  expect(ollama.servers()).toEqual([])
})
