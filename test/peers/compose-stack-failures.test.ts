import { readFileSync, rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../scripts/engine/engine.ts'
import { installEnginePackages } from '../../scripts/engine/host-packages.ts'
import { startStockedEngine } from '../../scripts/engine/stocked.ts'
import { eventually } from './eventually.ts'
import { QUICK_IMAGES } from './stack.ts'
import { LOGS, service, sleepers, standin, Trial } from './trial.ts'

const HOME = 8123
const house = `services:\n${standin('home', HOME)}${standin('esp', 6052)}`
const probes = `home=http://127.0.0.1:${HOME}/ esp=tcp://127.0.0.1:6052`

let engine: Engine
let trial: Trial

beforeAll(async () => {
  await installEnginePackages()
  engine = await startStockedEngine({ name: `failures-${process.pid}`, version: 'newest' }, QUICK_IMAGES)
})
afterAll(() => engine?.stop())
afterEach(() => trial.clear())

async function started(yaml: string, parameters: Readonly<Record<string, string>> = {}): Promise<void> {
  trial = new Trial(engine, 'v2-newest', yaml, parameters)
  const { code, stderr } = await trial.ours('start')
  expect(code, stderr).toBe(0)
}

describe('a running container', () => {
  test('whose application is dead is a failure at once, and its log is saved by stop', async () => {
    await started(house, { probes })
    await engine.docker(['exec', await trial.container('home'), 'sh', '-c', 'echo farewell > /proc/1/fd/1'])
    await trial.misbehave(HOME, 'die')
    expect(await trial.inspect('home', '{{.State.Status}}')).toBe('running')
    const { code, reason } = await trial.ours('monitor')
    expect(code).toBe(1)
    expect(reason).toMatch(/^service home is up but http:\/\/127.0.0.1:8123\/ /)
    expect((await trial.ours('stop')).code).toBe(0)
    expect(readFileSync(`${LOGS}/${trial.project}-home.log`, 'utf8')).toContain('farewell')
  })

  test('whose application hangs counts when it was seen as often as probe_failures says', async () => {
    await started(house, { probes, probe_timeout: '300ms', probe_failures: '3' })
    await trial.misbehave(HOME, 'hang')
    for (const seen of [1, 2]) {
      expect(await trial.ours('monitor')).toMatchObject({
        code: 0,
        stderr: expect.stringContaining(`${seen} of 3 in a row`),
      })
    }
    expect(await trial.ours('monitor')).toMatchObject({
      code: 1,
      reason: expect.stringMatching(/service home is up but .*3 times in a row/),
    })
  })

  test('that answered well between two time-outs has not failed twice in a row', async () => {
    await started(house, { probes, probe_timeout: '300ms', probe_failures: '2' })
    for (const mode of ['hang', 'ok', 'hang']) {
      // A listener that was told to hang still takes orders.
      await trial.misbehave(HOME, mode)
      expect((await trial.ours('monitor')).code, mode).toBe(0)
    }
    expect((await trial.ours('monitor')).code).toBe(1)
  })

  test('whose application answers 500 is damped in the same way', async () => {
    await started(house, { probes, probe_failures: '2' })
    await trial.misbehave(HOME, '500')
    expect((await trial.ours('monitor')).code).toBe(0)
    expect(await trial.ours('monitor')).toMatchObject({ code: 1, reason: expect.stringContaining('500') })
  })

  test('that answers in another tongue than the one it was asked in fails at once', async () => {
    const mail = service('mail', 'ports: ["127.0.0.1:1883:25"]', 'nc -ll -p 25 -e echo 220 mail ready')
    await started(`services:\n${mail}`)
    expect((await trial.ours('monitor')).code).toBe(0)
    const parameters = { probes: 'mail=mqtt://127.0.0.1' }
    expect(await trial.ours('monitor', { parameters })).toMatchObject({
      code: 1,
      reason: expect.stringMatching(/^service mail is up but .* answered something that is not MQTT/),
    })
  })

  test('that somebody armed again and that crashes again and again is named, and disarmed at depth 10', async () => {
    await started(`services:\n${service('two', '', 'while ! test -e /sick; do sleep 1; done; exit 4')}`)
    const id = await trial.container('two')
    await engine.docker(['update', '--restart', 'always', id])
    await engine.docker(['exec', id, 'touch', '/sick'])
    await eventually(async () =>
      expect(await trial.ours('monitor')).toMatchObject({
        code: 1,
        reason: expect.stringContaining('service two is in a crash loop (last exit code 4)'),
      }),
    )
    await trial.ours('monitor', { checkLevel: 10 })
    expect(await trial.inspect('two', '{{.HostConfig.RestartPolicy.Name}}')).toBe('no')
  })

  test('that its own health check calls unhealthy is a failure, unless that is to be ignored', async () => {
    const check = 'healthcheck: {test: ["CMD", "test", "!", "-e", "/sick"], interval: 1s, retries: 1}'
    await started(`services:\n${service('one', check)}${service('two')}`)
    await engine.docker(['exec', await trial.container('one'), 'touch', '/sick'])
    await eventually(async () =>
      expect(await trial.inspect('one', '{{.State.Health.Status}}')).toBe('unhealthy'),
    )
    expect(await trial.ours('monitor')).toMatchObject({
      code: 1,
      reason: expect.stringContaining('service one is unhealthy'),
    })
    expect((await trial.ours('monitor', { parameters: { unhealthy: 'ignore' } })).code).toBe(0)
  })

  test('that is optional and broken is degraded to Pacemaker, and fine to callers that know no 190', async () => {
    await started(house, { probes, optional_services: 'esp' })
    await engine.docker(['kill', await trial.container('esp')])
    expect(await trial.ours('monitor')).toMatchObject({
      code: 190,
      reason: expect.stringMatching(/service esp .*\(optional\)/),
    })
    expect((await trial.ours('monitor', { environment: { OCF_RESKEY_crm_feature_set: '' } })).code).toBe(0)
  })

  test('is asked by a command inside it too', async () => {
    await started(sleepers(['one']), { probes: 'one=exec:test%20!%20-e%20/sick' })
    expect((await trial.ours('monitor')).code).toBe(0)
    await engine.docker(['exec', await trial.container('one'), 'touch', '/sick'])
    expect(await trial.ours('monitor')).toMatchObject({
      code: 1,
      reason: expect.stringContaining('exec:test'),
    })
  })
})

describe('while it runs', () => {
  test('a service taken from the files, and a profile no longer active, are stopped all the same', async () => {
    const camera = service('camera', 'profiles: [cameras]')
    await started(`services:\n${service('one')}${service('two')}${camera}`, { profiles: 'cameras' })
    expect(trial.alive()).toBe(3)
    trial.write(`services:\n${service('one')}${camera}`)
    expect((await trial.ours('monitor', { parameters: { profiles: '' } })).code).toBe(0)
    expect((await trial.ours('stop', { parameters: { profiles: '' } })).code).toBe(0)
    expect(trial.alive()).toBe(0)
    expect((await engine.docker(['ps', '-aq'])).stdout).toBe('')
  })

  test('the directory is gone: monitor still asks the services, stop ends them', async () => {
    await started(house, { probes })
    rmSync(trial.folder, { recursive: true })
    expect((await trial.ours('monitor')).code).toBe(0)
    await trial.misbehave(HOME, 'die')
    expect((await trial.ours('monitor')).code).toBe(1)
    expect((await trial.ours('stop')).code).toBe(0)
    expect(trial.alive()).toBe(0)
    expect((await trial.probe()).code).toBe(7)
  })
})

describe('a deeper monitor', () => {
  test('tells at depth 10 what dockerd restarted, once, and disarms it', async () => {
    await started(sleepers(['one', 'two']))
    const id = await trial.container('two')
    expect((await trial.ours('monitor', { checkLevel: 10 })).code).toBe(0)
    await engine.docker(['update', '--restart', 'always', id])
    process.kill(Number(await trial.inspect('two', '{{.State.Pid}}')), 'SIGKILL')
    const restarts = '{{.RestartCount}} {{.State.Status}}'
    await eventually(async () => expect(await trial.inspect('two', restarts)).toBe('1 running'))
    expect((await trial.ours('monitor')).code).toBe(0)
    expect(await trial.ours('monitor', { checkLevel: 10 })).toMatchObject({
      code: 190,
      reason: 'dockerd restarted service two 1 times since the last look',
    })
    expect(await trial.inspect('two', '{{.HostConfig.RestartPolicy.Name}}')).toBe('no')
    expect((await trial.ours('monitor', { checkLevel: 10 })).code).toBe(0)
  })

  test('tells at depth 10 that a process was killed for want of memory', async () => {
    await started(sleepers(['one'], 'mem_limit: 16m'))
    expect((await trial.ours('monitor', { checkLevel: 10 })).code).toBe(0)
    await engine.docker(['exec', await trial.container('one'), 'tail', '/dev/zero'])
    await eventually(async () => expect(await trial.inspect('one', '{{.State.OOMKilled}}')).toBe('true'))
    expect(await trial.ours('monitor', { checkLevel: 10 })).toMatchObject({
      code: 190,
      reason: 'service one had a process killed for want of memory: raise its limit',
    })
  })

  test('tells at depth 20 what a health check says that has not failed often enough yet', async () => {
    const check = 'test ! -e /sick || { echo the disk is nearly full; exit 1; }'
    const health = `healthcheck: {test: ["CMD-SHELL", "${check}"], interval: 1s, retries: 1000}`
    await started(`services:\n${service('one', health)}`)
    expect((await trial.ours('monitor', { checkLevel: 20 })).code).toBe(0)
    await engine.docker(['exec', await trial.container('one'), 'touch', '/sick'])
    await eventually(async () =>
      expect(await trial.ours('monitor', { checkLevel: 20 })).toMatchObject({
        code: 190,
        reason: 'health check of one says (1): the disk is nearly full',
      }),
    )
    expect((await trial.ours('monitor', { checkLevel: 10 })).code).toBe(0)
  })
})
