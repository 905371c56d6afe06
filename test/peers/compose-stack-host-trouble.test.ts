import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { processState } from '../../lib/host/processes.ts'
import type { Engine } from '../../scripts/engine/engine.ts'
import { installEnginePackages } from '../../scripts/engine/host-packages.ts'
import { startStockedEngine } from '../../scripts/engine/stocked.ts'
import { eventually } from './eventually.ts'
import { QUICK_IMAGES } from './stack.ts'
import { service, sleepers, standin, Trial } from './trial.ts'

const folder = mkdtempSync(join(tmpdir(), 'haha-trouble-'))
let engine: Engine
let trial: Trial

beforeAll(async () => {
  await installEnginePackages()
  engine = await startStockedEngine({ name: `trouble-${process.pid}`, version: 'newest' }, QUICK_IMAGES)
})
afterAll(async () => {
  await engine?.stop()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(() => trial.clear())

describe('where /run is full to the last byte', () => {
  /** Runs a program on a copy of the instance's state in a filesystem that has no room left. */
  function withoutRoom(): string {
    const program = join(folder, `full-${trial.project}`)
    const state = `/run/resource-agents/haha/compose-stack-${trial.project}.json`
    const inside = `set -e; mkdir -p /run/resource-agents;
      copy=$(mktemp); cat ${state} > $copy 2>/dev/null || rm $copy
      mount -t tmpfs -o size=64k tmpfs /run/resource-agents
      mkdir /run/resource-agents/haha; [ ! -e $copy ] || mv $copy ${state}
      dd if=/dev/zero of=/run/resource-agents/fill bs=4k 2>/dev/null || true
      ! (echo more > /run/resource-agents/more) 2>/dev/null || exit 99
      exec "$@"`
    const script = `exec unshare --mount --propagation private sh -c '${inside}' sh "$@"`
    writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    return program
  }

  test('monitor tells the truth about what fails, what somebody made, and what is well', async () => {
    trial = new Trial(engine, 'v2-newest', sleepers(['one', 'two'], 'restart: always'))
    expect((await trial.ours('start')).code).toBe(0)
    const node = withoutRoom()
    for (const checkLevel of [0, 10]) {
      expect(await trial.ours('monitor', { node, checkLevel })).toMatchObject({ code: 0, reason: '' })
    }
    await engine.compose(['-p', trial.project, 'up', '-d', '--force-recreate', 'one'], { cwd: trial.folder })
    const { code, stderr } = await trial.ours('monitor', { node })
    expect(code, stderr).toBe(0)
    expect(stderr).toMatch(/service one was not made by this resource: its restart policy is switched off/)
    expect(stderr).toMatch(/what was seen is not remembered: cannot write \S+ \(ENOSPC/)
    expect(await trial.inspect('one', '{{.HostConfig.RestartPolicy.Name}}')).toBe('no')
    await engine.docker(['kill', await trial.container('two')])
    for (const _ of ['once', 'and again']) {
      expect(await trial.ours('monitor', { node })).toMatchObject({
        code: 1,
        timedOut: false,
        reason: expect.stringMatching(/^service two exited with code 137/),
      })
    }
  })

  test('stop stops, and start makes nothing and says what cannot be written', async () => {
    trial = new Trial(engine, 'v2-newest', sleepers(['one', 'two']))
    expect((await trial.ours('start')).code).toBe(0)
    const node = withoutRoom()
    expect((await trial.ours('stop', { node })).code).toBe(0)
    expect(trial.alive()).toBe(0)
    expect(await trial.ours('start', { node })).toMatchObject({
      code: 1,
      timedOut: false,
      reason: expect.stringMatching(/cannot write \/run\/resource-agents\/\S+ \(ENOSPC/),
    })
    expect((await engine.docker(['ps', '-aq'])).stdout).toBe('')
  })
})

describe('a container that waits for a frozen filesystem', () => {
  const disk = join(folder, 'disk')

  /** Thaws also when this process is killed: nothing must stay frozen. */
  async function whileFrozen(work: () => Promise<void>): Promise<void> {
    execFileSync('fsfreeze', ['--freeze', disk])
    const thaw = 'sleep 90; fsfreeze --unfreeze "$1"'
    const guard = spawn('sh', ['-c', thaw, 'sh', disk], { stdio: 'ignore', detached: true })
    try {
      await work()
    } finally {
      execFileSync('fsfreeze', ['--unfreeze', disk])
      if (guard.pid !== undefined) process.kill(-guard.pid, 'SIGKILL')
    }
  }

  beforeAll(() => {
    mkdirSync(disk)
    execFileSync('truncate', ['-s', '16M', join(folder, 'image')])
    execFileSync('mkfs.ext4', ['-q', '-F', join(folder, 'image')])
    execFileSync('mount', ['-o', 'loop', join(folder, 'image'), disk])
  })
  afterAll(() => execFileSync('umount', ['--lazy', disk]))

  test('cannot be killed: stop fails in time with its name, and ends it once the filesystem is back', async () => {
    const writer = 'while :; do echo more >> /data/file; sleep 0.1; done'
    const yaml = `services:\n${service('one')}${service('writer', `volumes: ["${disk}:/data"]`, writer)}`
    trial = new Trial(engine, 'v2-newest', yaml)
    expect((await trial.ours('start')).code).toBe(0)
    await whileFrozen(async () => {
      const { stdout } = await engine.docker(['top', await trial.container('writer'), '-o', 'pid'])
      const pids = stdout.split('\n').map(Number).filter(Boolean)
      await eventually(async () => expect(pids.map(processState)).toContain('D'))
      expect((await trial.ours('monitor')).code).toBe(0)
      const stop = await trial.ours('stop', { timeoutMs: 20_000 })
      expect(stop).toMatchObject({ code: 1, timedOut: false, reason: expect.stringContaining('writer') })
      // What could be ended has been, and what could not is not called stopped.
      expect(trial.alive()).toBe(1)
      expect((await trial.probe()).code).not.toBe(7)
    })
    expect((await trial.ours('stop', { timeoutMs: 40_000 })).code).toBe(0)
    expect(trial.alive()).toBe(0)
    await trial.staysDead(1000)
  })
})

test('a required_mount that goes while its services run fails neither monitor nor stop, but the next start', async () => {
  trial = new Trial(engine, 'v2-newest', '', { required_mount: join(folder, 'share') })
  const stack = join(folder, 'share/stack')
  mkdirSync(join(folder, 'share'))
  execFileSync('mount', ['-t', 'tmpfs', 'share', join(folder, 'share')])
  mkdirSync(stack)
  writeFileSync(join(stack, 'docker-compose.yml'), sleepers(['one', 'two'], 'volumes: [".:/data"]'))
  const parameters = { directory: stack, project: trial.project }
  try {
    expect((await trial.ours('start', { parameters })).code).toBe(0)
  } finally {
    execFileSync('umount', ['--lazy', join(folder, 'share')])
  }
  expect((await trial.ours('monitor', { parameters })).code).toBe(0)
  await engine.docker(['kill', await trial.container('two')])
  expect(await trial.ours('monitor', { parameters })).toMatchObject({
    code: 1,
    reason: expect.stringContaining('service two exited with code 137'),
  })
  expect((await trial.ours('stop', { parameters })).code).toBe(0)
  expect(trial.alive()).toBe(0)
  expect(await trial.ours('start', { parameters })).toMatchObject({
    code: 1,
    reason: expect.stringContaining('(required_mount)'),
  })
})

test('reload-agent takes over other probes without touching a service, and refuses a wrong one by its name', async () => {
  trial = new Trial(engine, 'v2-newest', `services:\n${standin('home', 8123)}`, {
    probes: 'home=http://127.0.0.1:8123/',
  })
  expect((await trial.ours('start')).code).toBe(0)
  const container = await trial.inspect('home', '{{.Id}} {{.State.StartedAt}}')
  const changed = { parameters: { probes: 'home=https://127.0.0.1:9/' } }
  expect(await trial.ours('reload-agent', changed)).toMatchObject({ code: 0, reason: '' })
  expect(await trial.ours('monitor', changed)).toMatchObject({
    code: 1,
    timedOut: false,
    reason: expect.stringMatching(/^service home is up but https:\/\/127\.0\.0\.1:9\//),
  })
  expect(
    await trial.ours('reload-agent', { parameters: { probes: 'home=gopher://127.0.0.1/' } }),
  ).toMatchObject({
    code: 6,
    reason: expect.stringContaining('probes'),
  })
  expect(await trial.inspect('home', '{{.Id}} {{.State.StartedAt}}')).toBe(container)
  expect((await trial.ours('monitor')).code).toBe(0)
})
