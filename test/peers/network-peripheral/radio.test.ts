import { execFileSync, spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, type TestContext, test } from 'vitest'
import { eventually } from '../eventually.ts'
import { playZigbeeClient, type ZigbeeClient } from '../players/zigbee-client.ts'
import { playZigbeeCoordinator, type ZigbeeCoordinator } from '../players/zigbee-coordinator.ts'
import { liveWatchTests } from './live-watch.ts'
import { CONTAINER, playContainer } from './played-container.ts'
import { WatchTrial } from './trial.ts'

/** Of the test's own context: tests run side by side. */
type Finished = TestContext['onTestFinished']

interface Radio {
  readonly trial: WatchTrial
  readonly coordinator: ZigbeeCoordinator
  readonly client: ZigbeeClient
}

/** A coordinator that a client talks to, watched by one node; hangs count after a second. */
async function watched(
  finished: Finished,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Radio> {
  const coordinator = await playZigbeeCoordinator({ host: '127.0.0.1', port: 0 })
  const client = await playZigbeeClient({ host: '127.0.0.1', port: coordinator.port, everyMs: 100 })
  const trial = new WatchTrial(
    {
      targets: 'icmp://127.0.0.1',
      session: `127.0.0.1:${coordinator.port}`,
      hang_seconds: '1s',
      ...parameters,
    },
    ['n1'],
  )
  finished(async () => {
    trial.end()
    client.close()
    await coordinator.close()
  })
  expect(await trial.act('start')).toMatchObject({ code: 0 })
  return { trial, coordinator, client }
}

const hung = { code: 190, reason: expect.stringContaining('hangs: 127.0.0.1:') }

async function seenHung({ trial }: Radio): Promise<void> {
  await trial.monitor()
  await trial.monitor()
  await pause(1000)
  expect(await trial.monitor()).toMatchObject(hung)
}

describe.concurrent('a radio that hangs behind its live port', () => {
  test('is seen by the bytes that do not come back, and nobody connects to its port', async ({
    onTestFinished,
  }) => {
    const radio = await watched(onTestFinished)
    const { trial, coordinator, client } = radio
    for (let count = 0; count < 3; count += 1) expect((await trial.monitor()).code).toBe(0)
    coordinator.hang()
    await seenHung(radio)
    expect(trial.told('hung')).toContain('power-cycle it')
    expect(trial.attribute()).toBe('1')
    expect(coordinator.sessions()).toBe(1)
    client.talk(false)
    expect(await trial.monitor()).toMatchObject(hung)
    coordinator.resume()
    client.talk(true)
    await eventually(async () => expect((await trial.monitor()).code).toBe(0), 5000)
    expect(trial.told('hung')).toBe('')
  })

  test('is not suspected in a quiet house, whose silence is told beyond quiet_limit', async ({
    onTestFinished,
  }) => {
    const { trial, client } = await watched(onTestFinished, { quiet_limit: '3s' })
    expect((await trial.monitor()).code).toBe(0)
    client.talk(false)
    await pause(300)
    expect((await trial.monitor()).code).toBe(0)
    await pause(3000)
    expect(await trial.monitor()).toMatchObject({
      code: 190,
      reason: expect.stringContaining('nobody knows whether the radio lives'),
    })
    expect(trial.told('hung')).toBeUndefined()
  })

  test('with failure_mode=attribute is told and answered with 0', async ({ onTestFinished }) => {
    const radio = await watched(onTestFinished, { failure_mode: 'attribute' })
    radio.coordinator.hang()
    await radio.trial.monitor()
    await radio.trial.monitor()
    await pause(1000)
    expect(await radio.trial.monitor()).toMatchObject({ code: 0, stderr: expect.stringContaining('hangs') })
  })
})

describe.concurrent('the log of Zigbee2MQTT', () => {
  const line = 'error: z2m: SRSP - AF - dataRequest after 6000ms\n'

  async function logged(
    finished: Finished,
  ): Promise<Radio & { readonly log: string; readonly folder: string }> {
    const folder = mkdtempSync(join(tmpdir(), 'haha-z2m-log-'))
    finished(() => rmSync(folder, { recursive: true, force: true }))
    const log = join(folder, '2026-11-21.10-00-00', 'log.log')
    mkdirSync(join(folder, '2026-11-21.10-00-00'))
    writeFileSync(log, line.repeat(20))
    const radio = await watched(finished, {
      log_file: `${folder}/*/log.log`,
      log_threshold: '3',
      hang_seconds: '10min',
      quiet_limit: '0',
    })
    await radio.trial.monitor()
    await pause(300)
    return { ...radio, log, folder }
  }

  test('proves a hang together with a connection on which nothing comes back', async ({ onTestFinished }) => {
    const { trial, coordinator, log, folder } = await logged(onTestFinished)
    expect((await trial.monitor()).code).toBe(0)
    coordinator.hang()
    appendFileSync(log, line.repeat(2))
    await trial.monitor()
    await pause(300)
    expect((await trial.monitor()).code).toBe(0)
    mkdirSync(join(folder, '2026-11-21.11-00-00'))
    await pause(20)
    writeFileSync(join(folder, '2026-11-21.11-00-00', 'log.log'), line)
    await pause(300)
    await trial.monitor()
    await pause(300)
    expect(await trial.monitor()).toMatchObject(hung)
  })

  test('proves nothing while the radio answers', async ({ onTestFinished }) => {
    const { trial, log } = await logged(onTestFinished)
    appendFileSync(log, line.repeat(50))
    for (let count = 0; count < 4; count += 1) {
      await pause(300)
      expect((await trial.monitor()).code).toBe(0)
    }
  })
})

describe.concurrent('where Zigbee2MQTT runs in a network of its own', () => {
  /** Two namespaces with a link between them; the coordinator lives in one, the client in the other. */
  async function namespaces(finished: Finished, named: 'by a pid file' | 'as a container' = 'by a pid file') {
    const trialFolder = mkdtempSync(join(tmpdir(), 'haha-np-'))
    const id = trialFolder.slice(-6)
    const [house, field] = [`np-h-${id}`, `np-f-${id}`]
    const ip = (...args: readonly string[]) => execFileSync('ip', args, { stdio: 'pipe' })
    const children: ReturnType<typeof spawn>[] = []
    finished(() => {
      for (const child of children) child.kill('SIGKILL')
      for (const netns of [house, field]) execFileSync('ip', ['netns', 'delete', netns])
      rmSync(trialFolder, { recursive: true, force: true })
    })
    for (const netns of [house, field]) ip('netns', 'add', netns)
    ip('-n', house, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', field)
    for (const [netns, address] of [
      [house, '10.66.38.1/24'],
      [field, '10.66.38.2/24'],
    ] as const) {
      ip('-n', netns, 'link', 'set', 'lo', 'up')
      ip('-n', netns, 'addr', 'add', address, 'dev', 'eth0')
      ip('-n', netns, 'link', 'set', 'eth0', 'up')
    }
    const player = (netns: string, program: string, ...args: readonly string[]) => {
      const file = join(import.meta.dirname, '../players', program)
      const command = [`--net=/run/netns/${netns}`, process.execPath, file, ...args]
      const child = spawn('nsenter', command, { stdio: ['pipe', 'pipe', 'inherit'] })
      children.push(child)
      return new Promise<typeof child>((resolve, reject) => {
        child.on('error', reject)
        child.stdout.once('data', () => resolve(child))
      })
    }
    const coordinator = await player(field, 'run-zigbee-coordinator.ts', '--host', '10.66.38.2')
    const client = await player(house, 'run-zigbee-client.ts', '--host', '10.66.38.2')
    const pidFile = join(trialFolder, 'z2m.pid')
    writeFileSync(pidFile, `${client.pid}\n`)
    const engine =
      named === 'as a container' ? await playContainer(finished, trialFolder, client.pid) : undefined
    const place: Record<string, string> =
      engine === undefined ? { session_pid_file: pidFile } : { session_container: CONTAINER }
    const watch = { targets: 'icmp://127.0.0.1', session: '10.66.38.2:6638', hang_seconds: '1s', ...place }
    const trial = new WatchTrial(watch, ['n1'], engine?.agent)
    finished(() => trial.end())
    expect((await trial.act('start')).code).toBe(0)
    return { trial, coordinator, client, engine, cut: () => ip('-n', field, 'link', 'set', 'eth0', 'down') }
  }

  test.for(['by a pid file', 'as a container'] as const)(
    'a hung radio is seen inside that network, named %s',
    async (named, { onTestFinished }) => {
      const { trial, coordinator, engine } = await namespaces(onTestFinished, named)
      for (let count = 0; count < 2; count += 1) expect((await trial.monitor()).code).toBe(0)
      coordinator.stdin?.write('hang\n')
      await pause(300)
      await trial.monitor()
      await trial.monitor()
      await pause(1000)
      expect(await trial.monitor()).toMatchObject({ code: 190, reason: expect.stringContaining('hangs') })
      // While that process lives the engine is not asked again.
      if (engine !== undefined) expect(engine.asked()).toBe(1)
    },
  )

  test('a dead path is told as that, never as a hung radio', async ({ onTestFinished }) => {
    const { trial, cut } = await namespaces(onTestFinished)
    expect((await trial.monitor()).code).toBe(0)
    cut()
    await pause(1500)
    await trial.monitor()
    for (let count = 0; count < 3; count += 1) {
      expect(await trial.monitor()).toMatchObject({
        code: 190,
        reason: expect.stringContaining('acknowledges nothing'),
      })
      await pause(500)
    }
    expect(trial.told('hung')).toBeUndefined()
  })

  test('a Zigbee2MQTT that is gone from this node is nobody’s fault', async ({ onTestFinished }) => {
    const { trial, client } = await namespaces(onTestFinished)
    client.kill('SIGKILL')
    await pause(200)
    expect((await trial.monitor()).code).toBe(0)
  })
})

describe.concurrent('tools that are missing or others', () => {
  test('ss of another version is told, and the radio is not called hung', async ({ onTestFinished }) => {
    const { trial, coordinator } = await watched(onTestFinished)
    trial.attributes.program('ss', 'echo "0 0 127.0.0.1:1 127.0.0.1:2"; echo "   cubic"')
    coordinator.hang()
    for (let count = 0; count < 3; count += 1) await trial.monitor()
    trial.attributes.program('ss', 'echo "State  Recv-Q"')
    expect(await trial.monitor()).toMatchObject({
      code: 190,
      reason: expect.stringContaining('ss prints something unknown'),
    })
    trial.attributes.program('ss', 'sleep 60')
    const slow = await trial.monitor()
    expect(slow).toMatchObject({ code: 190, reason: expect.stringContaining('ss gave no answer') })
    expect(slow.durationMs).toBeLessThan(10_000)
  })
})

if (process.env.HAHA_FULL === '1') describe('real Zigbee2MQTT', liveWatchTests)
