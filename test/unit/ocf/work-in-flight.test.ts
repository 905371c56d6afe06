import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isSameProcess, processStartTime, processState } from '../../../lib/host/processes.ts'
import { WorkInFlight } from '../../../lib/ocf/work-in-flight.ts'
import { nameOf, ownInstances } from './instance.ts'

const instance = ownInstances()
const library = (name: string) => new URL(name, import.meta.url).pathname
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haha-work-'))
})
afterEach(() => {
  for (const pid of tracedPids()) killQuietly(pid)
  rmSync(folder, { recursive: true, force: true })
})

const trace = () => join(folder, 'trace')

function tracedPids(): number[] {
  if (!existsSync(trace())) return []
  return readFileSync(trace(), 'utf8').split('\n').filter(Boolean).map(Number)
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone, as it should be.
  }
}

function alive(pid: number): boolean {
  const state = processState(pid)
  return state !== undefined && state !== 'Z'
}

describe('a command', () => {
  test('is on record while it runs, and no longer', async () => {
    const file = instance()
    const work = new WorkInFlight(file)
    const running = work.command('long change', '/bin/sh', ['-c', 'sleep 0.3; exit 3'], {
      timeoutMs: 5000,
    })
    await expect.poll(() => file.read().work).toMatchObject([{ purpose: 'long change' }])
    expect(await running).toMatchObject({ code: 3, timedOut: false })
    expect(file.read().work).toEqual([])
  })

  test('that ran out of time stays on record: a daemon may still act on what it sent', async () => {
    const file = instance()
    const work = new WorkInFlight(file)
    await work.command('endless change', 'sleep', ['30'], { timeoutMs: 100 })
    expect(file.read().work).toMatchObject([{ purpose: 'endless change' }])
    expect(await work.endProcesses(0)).toEqual([])
    expect(file.read().work).toMatchObject([{ purpose: 'endless change' }])
  })

  test('that runs out of time takes its own children with it', async () => {
    const work = new WorkInFlight(instance())
    const grandchild = 'sleep 30 & echo $! > "$1"; wait'
    await work.command('change', '/bin/sh', ['-c', grandchild, 'sh', trace()], { timeoutMs: 300 })
    const [pid] = tracedPids()
    expect(pid).toBeGreaterThan(1)
    await expect.poll(() => tracedPids().filter(alive)).toEqual([])
  })

  test('is ended with its children when the action is abandoned', async () => {
    const work = new WorkInFlight(instance())
    const grandchild = 'sleep 30 & echo $! > "$1"; wait'
    const running = work.command('change', '/bin/sh', ['-c', grandchild, 'sh', trace()], { timeoutMs: 9000 })
    await expect.poll(() => tracedPids().length).toBe(1)
    work.abandon()
    expect(await running).toMatchObject({ signal: 'SIGKILL' })
    await expect.poll(() => tracedPids().filter(alive)).toEqual([])
  })
})

describe('a request to a daemon', () => {
  test('is on record before it is sent, and goes with its answer', async () => {
    const file = instance()
    const work = new WorkInFlight(file)
    const seen = await work.request('create', async () => file.read().work)
    const startTime = processStartTime(process.pid)
    expect(seen).toMatchObject([{ purpose: 'create', pid: process.pid, startTime }])
    expect(file.read().work).toEqual([])
  })

  test('without an answer stays on record', async () => {
    const file = instance()
    const work = new WorkInFlight(file)
    const lost = work.request('create', () => Promise.reject(new Error('no answer')))
    await expect(lost).rejects.toThrow('no answer')
    expect(work.unfinished()).toMatchObject([{ purpose: 'create' }])
  })

  test('that only ends something goes without an answer, too', async () => {
    const work = new WorkInFlight(instance())
    await expect(work.ending('stop', () => Promise.reject(new Error('no answer')))).rejects.toThrow()
    expect(work.unfinished()).toEqual([])
  })
})

test('with a full /run nothing is begun, but what ends something is sent', async () => {
  const file = instance()
  mkdirSync(`${file.path}/in-the-way`, { recursive: true })
  const work = new WorkInFlight(file)
  const sent: string[] = []
  const send = (what: string) => async () => void sent.push(what)
  await expect(work.request('create', send('create'))).rejects.toThrow()
  await expect(work.command('mark', 'touch', [trace()], { timeoutMs: 5000 })).rejects.toThrow()
  await work.ending('stop', send('stop'))
  expect(sent).toEqual(['stop'])
  expect(existsSync(trace())).toBe(false)
})

describe('what an earlier action left behind', () => {
  test('is not ended when its pid went to another process', async () => {
    const file = instance()
    const stranger = spawn('sleep', ['30'], { stdio: 'ignore' })
    const pid = stranger.pid ?? 0
    const startTime = (processStartTime(pid) ?? 0) - 1
    file.update(state => ({ ...state, work: [{ id: '1.1', purpose: 'old', pid, startTime, leads: true }] }))
    expect(await new WorkInFlight(file).endProcesses(0)).toEqual([])
    expect(alive(pid)).toBe(true)
    killQuietly(pid)
  })

  test('is ended when its leader is dead and only its children run', async () => {
    const file = instance()
    const agent = spawn(process.execPath, [library('working-agent.ts'), nameOf(file), trace()], {
      stdio: 'ignore',
    })
    await expect.poll(() => tracedPids().length, { timeout: 8000 }).toBeGreaterThan(4)
    agent.kill('SIGKILL')
    for (const { pid } of file.read().work) killQuietly(pid)
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(tracedPids().filter(alive).length).toBeGreaterThan(0)
    expect(await new WorkInFlight(file).endProcesses(0)).toEqual([])
    expect(tracedPids().filter(alive)).toEqual([])
  })

  test('is always on record, at whatever instant the agent was killed', { timeout: 30_000 }, async () => {
    for (let round = 0; round < 5; round++) {
      const file = instance()
      const agent = spawn(process.execPath, [library('working-agent.ts'), nameOf(file), trace()], {
        stdio: 'ignore',
      })
      await expect.poll(() => existsSync(file.path), { timeout: 8000, interval: 5 }).toBe(true)
      await new Promise(resolve => setTimeout(resolve, 30 + Math.random() * 60))
      agent.kill('SIGKILL')
      await new Promise(resolve => setTimeout(resolve, 150))
      const before = tracedPids().length
      expect(await new WorkInFlight(file).endProcesses(0)).toEqual([])
      await new Promise(resolve => setTimeout(resolve, 100))
      expect(tracedPids().filter(alive)).toEqual([])
      expect(tracedPids().length).toBe(before)
      expect(file.complaint).toBeUndefined()
      rmSync(trace(), { force: true })
      expect(file.read().work.filter(isSameProcess)).toEqual([])
    }
  })
})
