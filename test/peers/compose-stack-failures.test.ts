import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../scripts/engine/engine.ts'
import { installEnginePackages } from '../../scripts/engine/host-packages.ts'
import { startStockedEngine } from '../../scripts/engine/stocked.ts'
import { httpAnswer, QUICK_IMAGES } from './stack.ts'
import { service, sleepers, Trial } from './trial.ts'

const standin = (name: string, port: number, more = '') =>
  `  ${name}:\n    image: haha/standin:1\n    restart: always\n    stop_grace_period: 1s\n    environment: {STANDIN_PORT: ${port}, STANDIN_NODE: n1}\n    ports: ["127.0.0.1:${port}:${port}"]\n${more}`
const house = `services:\n${standin('home', 8123)}${standin('esp', 6052)}`
const probes = 'home=http://127.0.0.1:8123/ esp=tcp://127.0.0.1:6052'

let engine: Engine
let trial: Trial

beforeAll(async () => {
  await installEnginePackages()
  engine = await startStockedEngine({ name: 'failures', version: 'newest' }, QUICK_IMAGES)
})
afterAll(async () => {
  await engine.stop()
  rmSync('/var/log/haha-ocf', { recursive: true, force: true })
})
afterEach(() => trial.clear())

function misbehave(port: number, mode: string) {
  return httpAnswer(engine, `http://127.0.0.1:${port}/misbehave?mode=${mode}`).catch(() => undefined)
}

describe('a running container', () => {
  test('whose application is dead is a failure at once, and its log is saved by stop', async () => {
    trial = new Trial(engine, 'v2-newest', house, { probes })
    expect((await trial.ours('start')).code).toBe(0)
    await misbehave(8123, 'die')
    const { code, reason } = await trial.ours('monitor')
    expect(code).toBe(1)
    expect(reason).toMatch(/^service home is up but http:\/\/127.0.0.1:8123\/ /)
    expect((await trial.ours('stop')).code).toBe(0)
    expect(existsSync(`/var/log/haha-ocf/${trial.project}-home.log`)).toBe(true)
  })

  test('whose application hangs counts when it was seen as often as probe_failures says', async () => {
    trial = new Trial(engine, 'v2-newest', house, { probes, probe_timeout: '300ms', probe_failures: '2' })
    await trial.ours('start')
    await misbehave(8123, 'hang')
    expect(await trial.ours('monitor')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('1 of 2 in a row'),
    })
    expect(await trial.ours('monitor')).toMatchObject({
      code: 1,
      reason: expect.stringContaining('2 times in a row'),
    })
  })

  test('whose application answers 500 is damped in the same way', async () => {
    trial = new Trial(engine, 'v2-newest', house, { probes, probe_failures: '2' })
    await trial.ours('start')
    await misbehave(8123, '500')
    expect((await trial.ours('monitor')).code).toBe(0)
    expect(await trial.ours('monitor')).toMatchObject({ code: 1, reason: expect.stringContaining('500') })
  })

  test('that is optional and broken is degraded to Pacemaker, and fine to callers that know no 190', async () => {
    trial = new Trial(engine, 'v2-newest', house, { probes, optional_services: 'esp' })
    await trial.ours('start')
    await engine.docker(['kill', await trial.container('esp')])
    expect(await trial.ours('monitor')).toMatchObject({
      code: 190,
      reason: expect.stringMatching(/service esp .*\(optional\)/),
    })
    expect((await trial.ours('monitor', { environment: { OCF_RESKEY_crm_feature_set: '' } })).code).toBe(0)
  })

  test('is asked by a command inside it too', async () => {
    trial = new Trial(engine, 'v2-newest', sleepers(['one']), { probes: 'one=exec:test%20!%20-e%20/sick' })
    expect((await trial.ours('start')).code).toBe(0)
    expect((await trial.ours('monitor')).code).toBe(0)
    await engine.docker(['exec', await trial.container('one'), 'touch', '/sick'])
    expect(await trial.ours('monitor')).toMatchObject({
      code: 1,
      reason: expect.stringContaining('exec:test'),
    })
  })
})

describe('start', () => {
  test('starts a service again that crashes at first, as its restart policy would have', async () => {
    const once = service('shy', '', 'test -e /tmp/been || { touch /tmp/been; exit 1; }; sleep 1000000')
    trial = new Trial(engine, 'v2-newest', `services:\n${once}`)
    expect((await trial.ours('start')).code).toBe(0)
    expect(trial.alive()).toBe(1)
  })

  test('gives a service up that always crashes, with its name and last words', async () => {
    trial = new Trial(engine, 'v2-newest', `services:\n${service('bad', '', 'echo no radio here; exit 3')}`, {
      local_restarts: '1',
    })
    const { code, reason, timedOut } = await trial.ours('start')
    expect({ code, timedOut }).toEqual({ code: 1, timedOut: false })
    expect(reason).toMatch(/service bad exited with code 3.*no radio here/)
  })

  test('is not failed by an optional service that crashes or is slow', async () => {
    const slow = service(
      'slow',
      'healthcheck: {test: ["CMD", "false"], interval: 1s, retries: 100, start_period: 100s}',
    )
    trial = new Trial(
      engine,
      'v2-newest',
      `services:\n${service('one')}${slow}${service('bad', '', 'exit 3')}`,
      {
        optional_services: 'slow bad',
      },
    )
    const { code, durationMs } = await trial.ours('start')
    expect(code).toBe(0)
    expect(durationMs).toBeLessThan(20_000)
  })

  test('waits for a one-shot, and a one-shot that ended well is no failure', async () => {
    const order = 'depends_on: {init: {condition: service_completed_successfully}}'
    trial = new Trial(
      engine,
      'v2-newest',
      `services:\n${service('init', '', 'exit 0')}${service('main', order)}`,
    )
    expect((await trial.ours('start')).code).toBe(0)
    expect((await trial.ours('monitor')).code).toBe(0)
  })

  test('names an image that is not there', async () => {
    trial = new Trial(engine, 'v2-newest', sleepers(['one']).replace('haha/busybox:1', 'haha/nowhere:9'))
    expect(await trial.ours('start')).toMatchObject({
      code: 1,
      reason: expect.stringContaining('haha/nowhere:9'),
    })
  })

  test('makes no empty directory for a bind source that is missing', async () => {
    trial = new Trial(engine, 'v2-newest', sleepers(['one'], 'volumes: ["./config:/config"]'))
    const { code, reason } = await trial.ours('start')
    expect(code).toBe(1)
    expect(reason).toContain(`bind source ${trial.folder}/config of service one does not exist`)
    expect(readdirSync(trial.folder)).toEqual(['docker-compose.yml'])
    mkdirSync(join(trial.folder, 'config'))
    expect((await trial.ours('start')).code).toBe(0)
  })

  test('refuses volumes of this node, unless they are allowed by name', async () => {
    trial = new Trial(
      engine,
      'v2-newest',
      `${sleepers(['one'], 'volumes: ["data:/data", "/cache"]')}volumes: {data: {}}\n`,
    )
    expect(await trial.ours('start')).toMatchObject({
      code: 2,
      reason: expect.stringContaining('local_volumes='),
    })
    const parameters = { local_volumes: 'data one:/cache' }
    expect((await trial.ours('start', { parameters })).code).toBe(0)
  })
})

describe('restart policies', () => {
  test('are off after start, also of what somebody makes by hand, so that a power cut leaves the node silent', async () => {
    trial = new Trial(engine, 'v2-newest', house, { probes })
    await trial.ours('start')
    await engine.compose(['-p', trial.project, 'up', '-d', '--force-recreate'], { cwd: trial.folder })
    const policy = async (name: string) =>
      (
        await engine.docker([
          'inspect',
          '--format',
          '{{.HostConfig.RestartPolicy.Name}}',
          await trial.container(name),
        ])
      ).stdout.trim()
    expect(await policy('home')).toBe('always')
    expect(await trial.ours('monitor')).toMatchObject({
      stderr: expect.stringContaining('its restart policy is switched off'),
    })
    expect(await policy('home')).toBe('no')
    await engine.docker([
      'run',
      '-d',
      '--name',
      'control',
      '--restart',
      'always',
      'haha/busybox:1',
      'sleep',
      '1000000',
    ])
    await engine.restart()
    await new Promise(resolve => setTimeout(resolve, 3000))
    expect((await engine.docker(['ps', '--format', '{{.Names}}'])).stdout.trim()).toBe('control')
    expect((await trial.ours('monitor', { environment: { OCF_RESKEY_CRM_meta_interval: '0' } })).code).toBe(7)
  })
})

describe('a restart in place', () => {
  function cluster(managed: boolean): Record<string, string> {
    const tools = join(trial.folder, 'tools')
    mkdirSync(tools, { recursive: true })
    const xml = `<pacemaker-result><cluster_options maintenance-mode="false"/><node name="n1" maintenance="false"/><resource id="${trial.project}" managed="${managed}"/></pacemaker-result>`
    writeFileSync(join(tools, 'crm_mon'), `#!/bin/sh\necho '${xml}'\n`, { mode: 0o755 })
    writeFileSync(join(tools, 'attrd_updater'), '#!/bin/sh\n', { mode: 0o755 })
    return { tools }
  }
  async function underCluster(managed: boolean) {
    const { tools } = cluster(managed)
    const { PATH } = await engine.environment('v2-newest')
    return await trial.ours('monitor', { environment: { PATH: `${tools}:${PATH}` } })
  }

  test('heals one crashed service, is 190 meanwhile, and is not for ever', async () => {
    const parameters = { local_restarts: '1', local_restart_settle: '1s' }
    trial = new Trial(engine, 'v2-newest', sleepers(['one', 'two']), parameters)
    await trial.ours('start')
    await engine.docker(['kill', await trial.container('two')])
    expect((await underCluster(false)).code).toBe(1)
    expect(await underCluster(true)).toMatchObject({
      code: 190,
      reason: expect.stringContaining('restart of two in place'),
    })
    expect((await underCluster(true)).code).toBe(0)
    await engine.docker(['kill', await trial.container('two')])
    await new Promise(resolve => setTimeout(resolve, 1000))
    expect(await underCluster(true)).toMatchObject({
      code: 1,
      reason: expect.stringContaining('was tried 1 times'),
    })
  })

  test('is done for one service that another agent asks for', async () => {
    trial = new Trial(engine, 'v2-newest', sleepers(['one', 'two']))
    await trial.ours('start')
    const started = async (name: string) =>
      (await engine.docker(['inspect', '--format', '{{.State.StartedAt}}', await trial.container(name)]))
        .stdout
    const [one, two] = [await started('one'), await started('two')]
    const { leaveRequest } = await import('../../lib/ocf/requests.ts')
    leaveRequest('compose-stack', trial.project, 'two', 'its radio was power-cycled')
    expect((await underCluster(true)).code).toBe(190)
    expect(await started('one')).toBe(one)
    expect(await started('two')).not.toBe(two)
    expect((await underCluster(true)).code).toBe(0)
  })
})

test('a start that hangs in a frozen dockerd leaves nothing that comes alive later', async () => {
  trial = new Trial(engine, 'v2-newest', sleepers(['one', 'two']))
  await trial.ours('start')
  await trial.ours('stop')
  setTimeout(() => engine.hang(), 700)
  await trial.ours('start', { killAfterMs: 2500 })
  expect((await trial.ours('stop', { timeoutMs: 120_000 })).code).toBe(0)
  engine.resume()
  await engine.start()
  await new Promise(resolve => setTimeout(resolve, 5000))
  expect(trial.alive()).toBe(0)
})

const kills = process.env.HAHA_FULL === '1' ? 50 : 5

test(`a start killed at ${kills} random instants: the next stop leaves nothing`, {
  timeout: 1_200_000,
}, async () => {
  trial = new Trial(engine, 'v2-newest', sleepers(['one', 'two', 'three']))
  for (let round = 0; round < kills; round++) {
    await trial.ours('start', { killAfterMs: 50 + Math.random() * 1500 })
    expect((await trial.ours('stop')).code, `round ${round}`).toBe(0)
    await new Promise(resolve => setTimeout(resolve, 1000))
    expect(trial.alive(), `round ${round}`).toBe(0)
  }
  await new Promise(resolve => setTimeout(resolve, process.env.HAHA_FULL === '1' ? 60_000 : 4000))
  expect(trial.alive()).toBe(0)
  expect(readFileSync(`/run/resource-agents/haha/compose-stack-${trial.project}.json`, 'utf8')).toContain(
    '"work":[]',
  )
})
