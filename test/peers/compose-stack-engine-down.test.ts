import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../scripts/engine/engine.ts'
import { installEnginePackages } from '../../scripts/engine/host-packages.ts'
import { startStockedEngine } from '../../scripts/engine/stocked.ts'
import { answering, serve } from '../unit/net/misbehaving-server.ts'
import { eventually } from './eventually.ts'
import { QUICK_IMAGES } from './stack.ts'
import { sleepers, Trial } from './trial.ts'

const two = sleepers(['one', 'two'])
const folder = mkdtempSync(join(tmpdir(), 'haha-engine-down-'))

let engine: Engine
let trial: Trial
/** A containerd of somebody else, such as that of Kubernetes; older than the engine's own. */
let stranger: ChildProcess

beforeAll(async () => {
  await installEnginePackages()
  copyFileSync('/bin/sleep', join(folder, 'containerd'))
  stranger = spawn(join(folder, 'containerd'), ['1000000'], { stdio: 'ignore' })
  engine = await startStockedEngine({ name: `engine-down-${process.pid}`, version: 'newest' }, QUICK_IMAGES)
})
afterAll(async () => {
  stranger.kill('SIGKILL')
  await engine?.stop()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(async () => {
  engine.resume()
  engine.resumeContainerd()
  await engine.start()
  await trial.clear()
})

async function started(parameters: Readonly<Record<string, string>> = {}): Promise<void> {
  trial = new Trial(engine, 'v2-newest', two, parameters)
  const { code, stderr } = await trial.ours('start')
  expect(code, stderr).toBe(0)
}

describe('with containers alive', () => {
  test('a hung containerd fails the probes that need it, and not the stop', async () => {
    await started({ probes: 'one=exec:true', probe_timeout: '500ms', probe_failures: '1' })
    engine.hangContainerd()
    expect(await trial.ours('monitor', { timeoutMs: 30_000 })).toMatchObject({
      code: 1,
      timedOut: false,
      reason: expect.stringContaining('service one is up but exec:true'),
    })
    expect((await trial.ours('stop', { timeoutMs: 40_000 })).code).toBe(0)
    await trial.staysDead(1000)
  })

  test('an engine that is away for two seconds, as when it is upgraded, is waited for', async () => {
    await started()
    const aside = `${engine.socketPath}.aside`
    renameSync(engine.socketPath, aside)
    setTimeout(() => renameSync(aside, engine.socketPath), 2000)
    const monitor = await trial.ours('monitor', { timeoutMs: 30_000 })
    expect(monitor).toMatchObject({ code: 0, reason: '' })
    expect(monitor.durationMs).toBeGreaterThan(1500)
  })

  test('a stop without dockerd leaves the containers of others alone', async () => {
    await started()
    const control = await engine.docker(['run', '-d', '--init', '--name', 'control', 'haha/busybox:1'])
    engine.hang()
    expect((await trial.ours('stop', { timeoutMs: 60_000 })).code).toBe(0)
    expect(trial.alive()).toBe(0)
    engine.resume()
    await engine.start()
    const state = await engine.docker(['inspect', '-f', '{{.State.Status}}', control.stdout])
    expect(state.stdout).toBe('running')
  })
})

test.each([
  ['dead', () => engine.kill()],
  ['hung', async () => engine.hang()],
])('with nothing alive, a %s dockerd is no reason for anything but stopped', async (_, breakIt) => {
  trial = new Trial(engine, 'v2-newest', two)
  await breakIt()
  const probe = await trial.probe()
  const stop = await trial.ours('stop')
  expect([probe.code, stop.code]).toEqual([7, 0])
  // One unanswered question, and node's own start on a busy machine.
  expect(Math.max(probe.durationMs, stop.durationMs)).toBeLessThan(9000)
})

const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
/** What a broken engine may answer to any question. */
const replies: Readonly<Record<string, (socket: Socket) => void>> = {
  'cut off': answering(`${head}Content-Length: 5000\r\n\r\n[{"Id": "0`),
  'not JSON': answering(`${head}Content-Length: 9\r\n\r\n<html>no`),
  'no list': answering(`${head}Content-Length: 2\r\n\r\n{}`),
  'not HTTP': answering('220 mail ready\r\n'),
  'an error 500': answering('HTTP/1.1 500 Oops\r\nContent-Length: 18\r\n\r\n{"message":"oops"}'),
  'a flood': socket => {
    const pour = () => {
      while (socket.writable && socket.write(`1000\r\n${' '.repeat(4096)}\r\n`));
    }
    socket.once('data', () => {
      socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`)
      socket.on('drain', pour)
      pour()
    })
  },
  'a trickle': socket => {
    socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`)
    const drops = setInterval(() => socket.write('1\r\n[\r\n'), 200)
    socket.on('close', () => clearInterval(drops))
  },
}

describe('an engine whose answers are cut off, not JSON, errors, or endless', () => {
  test('is told as such in time, and the stack is neither running nor stopped', async () => {
    await started()
    const looks = Object.entries(replies).map(async ([kind, behave], number) => {
      const socket = join(folder, `played-${number}.sock`)
      const player = await serve(behave, socket)
      const monitor = await trial.ours('monitor', { timeoutMs: 30_000, parameters: { socket } })
      await player.close()
      return { kind, heard: player.heard.length > 0, ...monitor }
    })
    for (const look of await Promise.all(looks)) {
      expect(look).toMatchObject({
        heard: true,
        code: 1,
        timedOut: false,
        reason: expect.stringMatching(/^dockerd.* 2 containers live on without it: (one, two|two, one)$/),
      })
    }
    expect(trial.alive()).toBe(2)
  })

  test('fails a start in time, with what dockerd said, and starts nothing', async () => {
    trial = new Trial(engine, 'v2-newest', two)
    const starts = Object.entries(replies).map(async ([kind, behave], number) => {
      const socket = join(folder, `played-${number}.sock`)
      const player = await serve(behave, socket)
      const instance = `${trial.project}-${number}`
      const start = await trial.ours('start', { instance, timeoutMs: 40_000, parameters: { socket } })
      await player.close()
      return { kind, heard: player.heard.length > 0, ...start }
    })
    for (const start of await Promise.all(starts)) {
      expect(start).toMatchObject({ heard: true, code: 1, timedOut: false })
      expect(start.reason, start.kind).toMatch(/engine|dockerd|compose/)
      expect(start.reason.length).toBeLessThan(200)
    }
    expect(trial.alive()).toBe(0)
  })

  test.each(['an error 500', 'a trickle'])('(%s) is stopped without it', async kind => {
    await started()
    const aside = `${engine.socketPath}.aside`
    renameSync(engine.socketPath, aside)
    const player = await serve(replies[kind] ?? (() => undefined), engine.socketPath)
    try {
      expect((await trial.ours('stop', { timeoutMs: 60_000 })).code).toBe(0)
      expect((await trial.probe()).code).toBe(7)
    } finally {
      await player.close()
      renameSync(aside, engine.socketPath)
    }
    await trial.staysDead(500)
  })
})

describe('a start that was under way in a dockerd that then froze', () => {
  test.each([
    ['dockerd wakes up again', async () => engine.resume()],
    ['dockerd is killed and started anew', () => engine.kill().then(() => engine.start())],
  ])('brings nothing up when, after the stop, %s', async (_, afterwards) => {
    trial = new Trial(engine, 'v2-newest', two)
    const begun = trial.ours('start', { killAfterMs: 5000 })
    await eventually(async () => {
      const { stdout } = await engine.docker(['ps', '-aq'])
      expect(stdout.split('\n').filter(Boolean)).toHaveLength(2)
    })
    engine.hang()
    expect((await begun).code).toBe(-1)
    expect((await trial.ours('stop', { timeoutMs: 120_000 })).code).toBe(0)
    expect(stranger.signalCode).toBe(null)
    await afterwards()
    await trial.staysDead(10_000)
  })
})
