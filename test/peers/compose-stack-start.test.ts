import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../scripts/engine/engine.ts'
import { installEnginePackages } from '../../scripts/engine/host-packages.ts'
import { startStockedEngine } from '../../scripts/engine/stocked.ts'
import { eventually } from './eventually.ts'
import { serveRegistry } from './registry.ts'
import { QUICK_IMAGES } from './stack.ts'
import { service, sleepers, standin, Trial } from './trial.ts'

const house = `services:\n${standin('home', 8123)}${standin('esp', 6052)}`
const probes = 'home=http://127.0.0.1:8123/ esp=tcp://127.0.0.1:6052'

let engine: Engine
let trial: Trial

beforeAll(async () => {
  await installEnginePackages()
  engine = await startStockedEngine({ name: `starts-${process.pid}`, version: 'newest' }, QUICK_IMAGES)
})
afterAll(() => engine?.stop())
afterEach(() => trial.clear())

function stack(yaml: string, parameters: Readonly<Record<string, string>> = {}): void {
  trial = new Trial(engine, 'v2-newest', yaml, parameters)
}

describe('start', () => {
  test('starts a service again that crashes at first, as its restart policy would have', async () => {
    const once = 'test -e /tmp/been || { touch /tmp/been; exit 1; }; sleep 1000000'
    stack(`services:\n${service('shy', '', once)}`)
    const { code, stderr } = await trial.ours('start')
    expect(code, stderr).toBe(0)
    expect(stderr).toContain('service shy exited with code 1: started again (1 of 2)')
    expect(trial.alive()).toBe(1)
  })

  test('gives a service up that always crashes, with its name and last words', async () => {
    stack(`services:\n${service('bad', '', 'echo no radio here; exit 3')}`, { local_restarts: '1' })
    const { code, reason, timedOut } = await trial.ours('start')
    expect({ code, timedOut }).toEqual({ code: 1, timedOut: false })
    expect(reason).toMatch(/service bad exited with code 3.*no radio here/)
  })

  test('that never sees a probe pass says in time which one it waited for', async () => {
    stack(`services:\n${standin('home', 8123)}`, { probes: 'home=tcp://127.0.0.1:9' })
    const { code, reason, timedOut } = await trial.ours('start', { timeoutMs: 12_000 })
    expect({ code, timedOut }).toEqual({ code: 1, timedOut: false })
    expect(reason).toMatch(/service home to answer: tcp:\/\/127.0.0.1:9/)
  })

  test('is not failed by an optional service that crashes or is slow', async () => {
    const never = '{test: ["CMD", "false"], interval: 1s, retries: 100, start_period: 100s}'
    const slow = service('slow', `healthcheck: ${never}`)
    const yaml = `services:\n${service('one')}${slow}${service('bad', '', 'exit 3')}`
    stack(yaml, { optional_services: 'slow bad' })
    const { code, durationMs } = await trial.ours('start')
    expect(code).toBe(0)
    expect(durationMs).toBeLessThan(20_000)
  })

  test('waits for a one-shot, and a one-shot that ended well is no failure', async () => {
    const order = 'depends_on: {init: {condition: service_completed_successfully}}'
    stack(`services:\n${service('init', '', 'sleep 1; exit 0')}${service('main', order)}`)
    expect((await trial.ours('start')).code).toBe(0)
    expect((await trial.ours('monitor')).code).toBe(0)
    expect(await trial.inspect('init', '{{.State.Status}}')).toBe('exited')
  })

  test('fails with the name of a one-shot that failed', async () => {
    stack(`services:\n${service('one')}${service('init', '', 'exit 1')}`, {
      one_shots: 'init',
      local_restarts: '0',
    })
    expect(await trial.ours('start')).toMatchObject({
      code: 1,
      timedOut: false,
      reason: expect.stringMatching(/init.* exited with code 1|init \(one-shot\) failed with exit code 1/),
    })
  })

  test('merges the files it is told, with their environment file', async () => {
    stack(service('ignored'), { files: 'house.yaml more.yaml', env_file: 'house.env' })
    const command = 'command: ["sh", "-c", "sleep $HOW_LONG"]'
    writeFileSync(join(trial.folder, 'house.yaml'), sleepers(['one']))
    writeFileSync(join(trial.folder, 'more.yaml'), `services:\n  one:\n    ${command}\n`)
    writeFileSync(join(trial.folder, 'house.env'), 'HOW_LONG=4321\n')
    const { code, stderr } = await trial.ours('start')
    expect(code, stderr).toBe(0)
    expect(await trial.inspect('one', '{{json .Config.Cmd}}')).toBe('["sh","-c","sleep 4321"]')
    expect(trial.alive()).toBe(1)
  })

  test.each([
    ['never', /haha\/nowhere:9/],
    ['missing', /haha\/nowhere|Error response from daemon/],
  ])('that lacks an image fails at once with pull=%s', async (pull, said) => {
    stack(sleepers(['one']).replace('haha/busybox:1', 'haha/nowhere:9'), { pull })
    expect(await trial.ours('start')).toMatchObject({
      code: 1,
      timedOut: false,
      reason: expect.stringMatching(said),
    })
  })

  test('with pull=missing pulls what the registry has, and with pull=never names it', async () => {
    const registry = await serveRegistry(engine)
    try {
      const image = `${registry.address}/house/busybox:2`
      for (const args of [
        ['tag', 'haha/busybox:1', image],
        ['push', image],
        ['rmi', image],
      ]) {
        const { exitCode, stderr } = await engine.docker(args)
        expect(exitCode, `${args.join(' ')}: ${stderr}`).toBe(0)
      }
      stack(sleepers(['one']).replace('haha/busybox:1', image), { pull: 'missing' })
      const never = await trial.ours('start', { parameters: { pull: 'never' } })
      expect(never).toMatchObject({ code: 1, reason: expect.stringContaining(image) })
      const { code, stderr } = await trial.ours('start')
      expect(code, stderr).toBe(0)
      expect(await trial.inspect('one', '{{.Config.Image}}')).toBe(image)
      expect(trial.alive()).toBe(1)
      expect((await trial.ours('stop')).code).toBe(0)
      // As the page on updates has it: fetched before, so that start need not.
      await engine.docker(['rmi', image])
      expect((await engine.compose(['pull'], { cwd: trial.folder })).exitCode).toBe(0)
      expect((await trial.ours('start', { parameters: { pull: 'never' } })).code).toBe(0)
      expect((await trial.ours('stop')).code).toBe(0)
      await engine.docker(['rmi', image])
    } finally {
      await registry.end()
    }
  })

  test('makes no empty directory for a bind source that is missing', async () => {
    stack(sleepers(['one'], 'volumes: ["./config:/config"]'))
    const { code, reason } = await trial.ours('start')
    expect(code).toBe(1)
    expect(reason).toContain(`bind source ${trial.folder}/config of service one does not exist`)
    expect(readdirSync(trial.folder)).toEqual(['docker-compose.yml'])
    mkdirSync(join(trial.folder, 'config'))
    expect((await trial.ours('start')).code).toBe(0)
  })

  test('refuses a required_mount on which nothing is mounted, before anything is made', async () => {
    stack(sleepers(['one']))
    const parameters = { required_mount: trial.folder }
    expect(await trial.ours('start', { parameters })).toMatchObject({
      code: 1,
      reason: expect.stringContaining(`nothing is mounted on ${trial.folder} (required_mount)`),
    })
    expect((await engine.docker(['ps', '-aq'])).stdout).toBe('')
    expect((await trial.probe({ parameters })).code).toBe(7)
    expect((await trial.ours('start', { parameters: { required_mount: '/proc' } })).code).toBe(0)
  })

  test('refuses volumes of this node, unless they are allowed by name', async () => {
    stack(`${sleepers(['one'], 'volumes: ["data:/data", "/cache"]')}volumes: {data: {}}\n`)
    for (const [allowed, missing] of [
      ['one:/cache', /service one writes volume \S*data of this node at \/data/],
      ['data', /service one writes an anonymous volume of this node at \/cache/],
    ] as const) {
      const refused = await trial.ours('start', { parameters: { local_volumes: allowed } })
      expect(refused).toMatchObject({ code: 2, reason: expect.stringMatching(missing) })
      expect(trial.alive()).toBe(0)
    }
    expect((await trial.ours('start', { parameters: { local_volumes: 'data one:/cache' } })).code).toBe(0)
  })
})

describe('restart policies', () => {
  const policyOf = (name: string) => trial.inspect(name, '{{.HostConfig.RestartPolicy.Name}}')
  const byHand = (...more: string[]) =>
    engine.compose(['-p', trial.project, 'up', '-d', '--force-recreate', ...more], { cwd: trial.folder })

  test('are off after start, and off again one monitor after somebody made services anew', async () => {
    stack(house, { probes })
    expect((await trial.ours('start')).code).toBe(0)
    expect([await policyOf('home'), await policyOf('esp')]).toEqual(['no', 'no'])
    await byHand()
    expect(await policyOf('home')).toBe('always')
    expect((await trial.ours('monitor')).stderr).toContain('its restart policy is switched off')
    expect([await policyOf('home'), await policyOf('esp')]).toEqual(['no', 'no'])
    await byHand('home')
    await trial.ours('monitor')
    expect(await policyOf('home')).toBe('no')
    expect((await trial.ours('stop')).code).toBe(0)
    expect(trial.alive()).toBe(0)
  })

  test('bring nothing of the stack up after a power cut, though dockerd brings up what is not ours', async () => {
    stack(house, { probes })
    expect((await trial.ours('start')).code).toBe(0)
    const control = ['--name', 'control', '--restart', 'always', 'haha/busybox:1', 'sleep', '1000000']
    await engine.docker(['run', '-d', ...control])
    await engine.powerOff()
    await engine.start()
    const names = async () => (await engine.docker(['ps', '--format', '{{.Names}}'])).stdout.trim()
    await eventually(async () => expect(await names()).toContain('control'))
    await sleep(2000)
    expect(await names()).toBe('control')
    expect((await trial.probe()).code).toBe(7)
  })

  test('bring nothing up after a power cut between the creation of a container and its start', async () => {
    stack(house, { probes })
    const created = await engine.compose(['-p', trial.project, 'up', '--no-start'], { cwd: trial.folder })
    expect(created.exitCode, created.stderr).toBe(0)
    expect(await policyOf('home')).toBe('always')
    await engine.powerOff()
    await engine.start()
    await trial.staysDead(3000)
    expect((await trial.probe()).code).toBe(7)
    expect((await trial.ours('stop')).code).toBe(0)
  })
})
