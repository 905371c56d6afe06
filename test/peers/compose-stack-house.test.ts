import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../scripts/engine/engine.ts'
import { startStockedEngine } from '../../scripts/engine/stocked.ts'
import type { HouseCoordinator } from '../../scripts/house/coordinator.ts'
import { type ActionRun, runAction } from '../executor.ts'
import { eventually } from './eventually.ts'
import { HOUSE_IMAGES, startCoordinator, writeHouse, writeQuickStack } from './stack.ts'
import { removeRemains } from './trial.ts'

const AGENT = join(import.meta.dirname, '../../dist/ocf/haha/compose-stack')
const INSTANCE = `house-${process.pid}`

let engine: Engine
let folder: string
let coordinator: HouseCoordinator
let environment: Record<string, string>

beforeAll(async () => {
  engine = await startStockedEngine({ name: `agent-house-${process.pid}`, version: 'newest' }, HOUSE_IMAGES)
  environment = await engine.environment()
  // ocf-tester asks for the metadata as nobody, who must get as far as the agent.
  folder = mkdtempSync(join(tmpdir(), 'haha-house-'))
  await writeHouse(join(folder, 'house'), 'n1')
  await writeQuickStack(join(folder, 'quick'), 'n1')
  coordinator = await startCoordinator(engine, join(folder, 'radio-memory'))
})
afterAll(async () => {
  await coordinator.close()
  await engine.stop()
  rmSync(folder, { recursive: true, force: true })
  removeRemains(INSTANCE)
})

function run(action: string, more: Partial<ActionRun> = {}) {
  const parameters = {
    directory: join(folder, 'house'),
    socket: engine.socketPath,
    probes: [
      'home-assistant=http://127.0.0.1:8123/',
      'esphome=tcp://127.0.0.1:6052',
      'mosquitto=mqtt://127.0.0.1',
      'node-red=http://127.0.0.1:1880/',
      'zigbee2mqtt=http://127.0.0.1:8080/',
    ].join(' '),
  }
  return runAction(AGENT, {
    action,
    instance: INSTANCE,
    netns: engine.netns,
    environment,
    parameters,
    timeoutMs: 120_000,
    ...more,
  })
}

test('a real house is started, answers all its probes, tells a dead radio by name, and is stopped', async () => {
  const started = await run('start')
  expect(started.code, started.stderr).toBe(0)
  expect(started.stderr).toContain('restart: unless-stopped is switched off under the cluster')
  for (const checkLevel of [0, 10, 20]) {
    expect(await run('monitor', { intervalMs: 20_000, checkLevel })).toMatchObject({ code: 0, stderr: '' })
  }
  await coordinator.close()
  await eventually(async () => {
    const { code, reason } = await run('monitor', { intervalMs: 20_000 })
    expect(code).toBe(1)
    expect(reason).toMatch(/service zigbee2mqtt (exited with code|is up but)/)
  })
  expect((await run('stop')).code).toBe(0)
  expect((await engine.docker(['ps', '-aq'])).stdout).toBe('')
  expect(
    (await engine.docker(['network', 'ls', '--filter', 'label=com.docker.compose.project', '-q'])).stdout,
  ).toBe('')
  expect((await run('monitor')).code).toBe(7)
})

test('ocf-tester passes the agent on a real stack', async () => {
  const options = [
    `directory=${join(folder, 'quick')}`,
    `socket=${engine.socketPath}`,
    'probes=web=http://127.0.0.1:8123/',
  ]
  const { all } = await execa(
    'nsenter',
    [
      `--net=/run/netns/${engine.netns}`,
      'ocf-tester',
      '-n',
      INSTANCE,
      ...options.flatMap(option => ['-o', option]),
      AGENT,
    ],
    { all: true, reject: false, env: environment, timeout: 120_000 },
  )
  expect(all).toContain('passed all tests')
})
