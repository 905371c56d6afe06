import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../scripts/engine/engine.ts'
import { installEnginePackages } from '../../scripts/engine/host-packages.ts'
import { startStockedEngine } from '../../scripts/engine/stocked.ts'
import { type ActionRun, runAction } from '../executor.ts'
import { QUICK_IMAGES, writeQuickStack } from './stack.ts'
import { removeRemains } from './trial.ts'

const AGENT = join(import.meta.dirname, '../../dist/ocf/haha/compose-stack')
const recurring = { intervalMs: 20_000 } as const

describe.each(['newest', 'oldest'] as const)('on the %s engine', version => {
  let engine: Engine
  let folder: string
  let environment: Record<string, string>

  beforeAll(async () => {
    await installEnginePackages()
    engine = await startStockedEngine({ name: `stack-${version}-${process.pid}`, version }, QUICK_IMAGES)
    folder = mkdtempSync(join(tmpdir(), 'haha-stack-'))
    await writeQuickStack(folder, 'n1')
    environment = await engine.environment()
  })
  afterAll(async () => {
    await engine?.stop()
    rmSync(folder, { recursive: true, force: true })
    removeRemains(`quick-${version}-${process.pid}`)
  })

  function run(action: string, more: Partial<ActionRun> = {}) {
    const parameters = {
      directory: folder,
      project: 'quick',
      socket: engine.socketPath,
      probes: 'web=http://127.0.0.1:8123/ api=http://127.0.0.1:6052/',
    }
    return runAction(AGENT, {
      action,
      instance: `quick-${version}-${process.pid}`,
      netns: engine.netns,
      environment,
      parameters,
      ...more,
    })
  }
  const containers = async () => (await engine.docker(['ps', '--all', '--quiet'])).stdout.trim()

  test('a stack is started, watched at every depth, and stopped without a trace', async () => {
    expect((await run('monitor')).code).toBe(7)
    expect((await run('start')).code).toBe(0)
    const policies = await engine.docker(['ps', '--quiet'])
    for (const id of policies.stdout.trim().split('\n')) {
      const { stdout } = await engine.docker([
        'inspect',
        '--format',
        '{{.HostConfig.RestartPolicy.Name}}',
        id,
      ])
      expect(stdout.trim()).toBe('no')
    }
    for (const checkLevel of [0, 10, 20]) {
      expect(await run('monitor', { ...recurring, checkLevel })).toMatchObject({
        code: 0,
        stderr: '',
        stdout: '',
      })
    }
    expect((await run('start')).code).toBe(0)
    expect((await run('stop')).code).toBe(0)
    expect(await containers()).toBe('')
    expect((await run('monitor')).code).toBe(7)
  })
})
