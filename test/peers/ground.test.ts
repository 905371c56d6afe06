import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answersPing } from '../../scripts/engine/daemons.ts'
import type { Engine } from '../../scripts/engine/engine.ts'
import { reapLeftovers } from '../../scripts/engine/leftovers.ts'
import type { EngineVersion } from '../../scripts/engine/packages.ts'
import { identify, isSameProcess } from '../../scripts/engine/processes.ts'
import { startStockedEngine } from '../../scripts/engine/stocked.ts'
import type { HouseCoordinator } from '../../scripts/house/coordinator.ts'
import { eventually } from './eventually.ts'
import {
  HOUSE_IMAGES,
  HOUSE_PORTS,
  httpAnswer,
  QUICK_IMAGES,
  startCoordinator,
  writeHouse,
  writeQuickStack,
} from './stack.ts'
import { tracesOf } from './traces.ts'

const COLD_START_MS = 480_000
const folder = mkdtempSync(join(tmpdir(), 'haha-ground-'))

beforeAll(async () => {
  await reapLeftovers()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each<EngineVersion>(['oldest', 'newest'])('the %s engine', version => {
  let engine: Engine
  const name = `ground-${version}`
  beforeAll(async () => {
    engine = await startStockedEngine({ name, version }, QUICK_IMAGES)
  }, COLD_START_MS)
  afterAll(() => engine?.stop(), 60_000)

  test('is of the age it claims', async () => {
    const { stdout } = await engine.docker(['version', '--format', '{{.Server.Version}}'])
    const major = Number(stdout.split('.')[0])
    if (version === 'oldest') expect(major).toBe(20)
    else expect(major).toBeGreaterThanOrEqual(26)
  })

  test('runs an image that came from no registry', async () => {
    const outcome = await engine.docker(['run', '--rm', 'haha/busybox:1', 'echo', 'hello'])
    expect(outcome).toMatchObject({ exitCode: 0, stdout: 'hello' })
  })

  test.each(['v1', 'v2-oldest', 'v2-newest'] as const)(
    'brings a small stack up and down with compose %s',
    async compose => {
      const directory = join(folder, `${name}-${compose}`)
      await writeQuickStack(directory, 'n1')
      const up = await engine.compose(['-p', 'quick', 'up', '-d'], { cwd: directory, compose })
      expect(up.exitCode, up.stderr).toBe(0)
      expect(await eventually(() => httpAnswer(engine, 'http://127.0.0.1:8123/'))).toEqual({
        status: 200,
        body: 'n1',
      })
      await engine.compose(['-p', 'quick', 'down', '-t', '1'], { cwd: directory, compose })
      expect((await engine.docker(['ps', '-aq'])).stdout).toBe('')
    },
    60_000,
  )

  test('hung, takes a connection and never replies; resumed, it answers', async () => {
    engine.hang()
    try {
      expect(await connects(engine.socketPath)).toBe(true)
      expect(await answersPing(engine.socketPath)).toBe(false)
    } finally {
      engine.resume()
    }
    expect(await answersPing(engine.socketPath)).toBe(true)
  }, 20_000)

  test('with containerd hung, still lists but does not exec', async () => {
    await engine.docker(['run', '-d', '--init', '--name', 'sleeper', 'haha/busybox:1'])
    engine.hangContainerd()
    try {
      expect((await engine.docker(['ps', '--format', '{{.Names}}'], { timeout: 5_000 })).stdout).toBe(
        'sleeper',
      )
      expect((await engine.docker(['exec', 'sleeper', 'true'], { timeout: 3_000 })).exitCode).toBe(-1)
    } finally {
      engine.resumeContainerd()
    }
    expect((await eventually(() => engine.docker(['exec', 'sleeper', 'true']))).exitCode).toBe(0)
    await engine.docker(['rm', '-f', 'sleeper'])
  }, 60_000)

  test('killed, leaves its containers running and its socket refusing; started again, it answers', async () => {
    const container = await runningProcess(engine, ['--name', 'survivor', 'haha/standin:1'])
    await engine.kill()
    expect(isSameProcess(container)).toBe(true)
    expect(existsSync(engine.socketPath)).toBe(true)
    expect(await connects(engine.socketPath)).toBe(false)
    await engine.start()
    expect(await answersPing(engine.socketPath)).toBe(true)
    await engine.docker(['rm', '-f', 'survivor'])
  }, 90_000)

  test('after a power cut brings up by itself what has a restart policy, and nothing else', async () => {
    const before = await runningProcess(engine, [
      '--restart',
      'always',
      '--name',
      'returns',
      'haha/standin:1',
    ])
    const once = await runningProcess(engine, ['--name', 'stays-down', 'haha/standin:1'])
    await engine.powerOff()
    expect([isSameProcess(before), isSameProcess(once)]).toEqual([false, false])
    await engine.start()
    await eventually(async () => expect(await stateOf(engine, 'returns')).toBe('running'))
    expect(await stateOf(engine, 'stays-down')).toBe('exited')
    const exitCode = await engine.docker(['inspect', '-f', '{{.State.ExitCode}}', 'stays-down'])
    expect(exitCode.stdout).toBe('255')
  }, 90_000)

  test('stopped, leaves no process, mount, namespace, control group or file', async () => {
    const container = await runningProcess(engine, ['--restart', 'always', 'haha/standin:1'])
    const daemons = [engine.pid, engine.containerdPid].map(identify).filter(one => one !== undefined)
    expect(daemons).toHaveLength(2)
    expect(tracesOf(name)).not.toEqual([])
    await engine.stop()
    expect([container, ...daemons].filter(isSameProcess)).toEqual([])
    expect(tracesOf(name)).toEqual([])
  }, 60_000)
})

test('what a killed test run left behind is removed by the next one', async () => {
  const name = 'ground-orphan'
  const run = spawn(process.execPath, [join(import.meta.dirname, 'players/abandoned-run.ts'), name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pid = await new Promise<number>(resolve => {
    createInterface({ input: run.stdout }).on('line', line => resolve(Number(line)))
  })
  const container = identify(pid)
  expect(await reapLeftovers()).not.toContain(name)
  await expect(startStockedEngine({ name, version: 'newest' }, QUICK_IMAGES)).rejects.toThrow(`${run.pid}`)
  const dead = new Promise(resolve => run.once('exit', resolve))
  run.kill('SIGKILL')
  await dead
  expect(container && isSameProcess(container)).toBe(true)
  expect(await reapLeftovers()).toContain(name)
  expect(container && isSameProcess(container)).toBe(false)
  expect(tracesOf(name)).toEqual([])
}, 120_000)

describe('the whole house on the newest engine', () => {
  let engine: Engine
  let coordinator: HouseCoordinator
  const directory = join(folder, 'house')
  beforeAll(async () => {
    engine = await startStockedEngine(
      { name: `ground-house-${process.pid}`, version: 'newest' },
      HOUSE_IMAGES,
    )
    await writeHouse(directory, 'n1')
    coordinator = await startCoordinator(engine, join(folder, 'radio.json'))
  }, COLD_START_MS)
  afterAll(async () => {
    await coordinator?.close()
    await engine?.stop()
  }, 60_000)

  test('comes up and answers on every port', async () => {
    const up = await engine.compose(['-p', 'house', 'up', '-d', '--wait'], { cwd: directory })
    expect(up.exitCode, up.stderr).toBe(0)
    for (const service of ['node-red', 'zigbee2mqtt', 'home-assistant', 'esphome'] as const) {
      const answer = await eventually(() => httpAnswer(engine, `http://127.0.0.1:${HOUSE_PORTS[service]}/`))
      expect(answer.status, service).toBe(200)
    }
    const published = [
      'run',
      '--rm',
      '--network',
      'host',
      'haha/mosquitto:2',
      'mosquitto_pub',
      '-t',
      'x',
      '-m',
      'y',
    ]
    expect((await engine.docker(published)).exitCode).toBe(0)
    const { stdout } = await engine.docker(['logs', 'house-zigbee2mqtt-1'])
    expect(stdout).toContain('Zigbee2MQTT started!')
  }, 120_000)

  test('a stand-in misbehaves on command, dead inside an Up container included', async () => {
    const homeAssistant = 'http://127.0.0.1:8123'
    expect(await httpAnswer(engine, `${homeAssistant}/`)).toEqual({ status: 200, body: 'n1' })
    await httpAnswer(engine, `${homeAssistant}/misbehave?mode=500`)
    expect((await httpAnswer(engine, `${homeAssistant}/`)).status).toBe(500)
    await httpAnswer(engine, `${homeAssistant}/misbehave?mode=hang`)
    await expect(httpAnswer(engine, `${homeAssistant}/`)).rejects.toThrow('did not answer')
    await httpAnswer(engine, `${homeAssistant}/misbehave?mode=die`)
    await expect(httpAnswer(engine, `${homeAssistant}/`)).rejects.toThrow('did not answer')
    expect(await stateOf(engine, 'house-home-assistant-1')).toBe('running')
    await httpAnswer(engine, 'http://127.0.0.1:6052/misbehave?mode=exit:3')
    await eventually(async () => {
      const restarts = await engine.docker(['inspect', '-f', '{{.RestartCount}}', 'house-esphome-1'])
      expect(Number(restarts.stdout)).toBeGreaterThan(0)
    })
    expect(readFileSync(join(directory, 'heartbeat/esphome'), 'utf8')).toMatch(/^\d+\.\d\d n1 esphome\n/)
  }, 60_000)

  test('Zigbee2MQTT resumes the network that the radio kept over a restart', async () => {
    const restarted = await engine.docker(['restart', 'house-zigbee2mqtt-1'])
    expect(restarted.exitCode, restarted.stderr).toBe(0)
    await eventually(async () => {
      const { stdout } = await engine.docker(['logs', '--since', '60s', 'house-zigbee2mqtt-1'])
      expect(stdout).toContain('zigbee-herdsman started (resumed)')
    })
  }, 60_000)
})

async function runningProcess(engine: Engine, args: readonly string[]) {
  const { stdout, stderr } = await engine.docker(['run', '-d', ...args])
  const inspected = await engine.docker(['inspect', '-f', '{{.State.Pid}}', stdout])
  const found = identify(Number(inspected.stdout))
  if (!found) throw new Error(`no container process: ${stderr}`)
  return found
}

const stateOf = async (engine: Engine, container: string): Promise<string> =>
  (await engine.docker(['inspect', '-f', '{{.State.Status}}', container])).stdout

const connects = (socketPath: string): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(socketPath)
    socket.on('connect', () => resolve(socket.destroy() !== undefined))
    socket.on('error', () => resolve(false))
  })
