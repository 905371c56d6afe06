import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { endProcess } from '../../../lib/host/end-process.ts'
import {
  isSameProcess,
  ownStartAgoMs,
  parseProcessStat,
  processStartTime,
  processState,
  type RecordedProcess,
  uptimeMs,
} from '../../../lib/host/processes.ts'

const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) {
    if (child.pid === undefined) continue
    for (const pid of [child.pid, -child.pid]) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // Not there any more, or no group.
      }
    }
  }
})

/** Starts a program that says a line once it is ready; gives its record and that line. */
async function started(
  binary: string,
  args: readonly string[],
  detached = false,
): Promise<{ recorded: RecordedProcess; said: string; child: ChildProcess }> {
  const child = spawn(binary, args, { cwd: '/', stdio: ['ignore', 'pipe', 'ignore'], detached })
  children.push(child)
  const said = await new Promise<string>(resolve =>
    child.stdout.once('data', data => resolve(String(data).trim())),
  )
  const pid = child.pid ?? 0
  return { recorded: { pid, startTime: processStartTime(pid) ?? 0 }, said, child }
}

describe('a recorded process', () => {
  test('is recognised although its name holds blanks and parentheses', async () => {
    const script = `printf 'a) S 1 (b' > /proc/$$/comm; echo ready; read -r x < /dev/zero; sleep 60`
    const { recorded } = await started('bash', ['-c', script])
    expect(recorded.startTime).toBeGreaterThan(0)
    expect(isSameProcess(recorded)).toBe(true)
    expect(isSameProcess({ ...recorded, startTime: recorded.startTime - 1 })).toBe(false)
  })

  test('that is dead but not collected by its parent is not alive', async () => {
    // It dies once its parent is a program that collects nobody; a shell may.
    const script = 'until grep -q sleep /proc/$$/comm; do sleep 0.01; done & echo $!; exec sleep 60'
    const { said } = await started('bash', ['-c', script])
    const pid = Number(said)
    await expect.poll(() => processState(pid)).toBe('Z')
    expect(isSameProcess({ pid, startTime: processStartTime(pid) ?? 0 })).toBe(false)
  })

  test('whose first thread has ended is alive as long as another one works', async () => {
    const script = `import ctypes, threading, time, platform
threading.Thread(target=time.sleep, args=(60,)).start()
print('ready', flush=True)
ctypes.CDLL(None).syscall(60 if platform.machine() == 'x86_64' else 93, 0)`
    const { recorded } = await started('python3', ['-c', script])
    await expect.poll(() => parseProcessStat(statText(recorded.pid))?.state).toBe('Z')
    expect(isSameProcess(recorded)).toBe(true)
    expect(await endProcess(recorded, { graceMs: 0 })).toEqual({ state: 'gone' })
  })

  test('that is not there has no start time and no state', () => {
    expect(processStartTime(2 ** 30)).toBeUndefined()
    expect(processState(2 ** 30)).toBeUndefined()
  })
})

function statText(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'latin1')
}

test.each([[''], ['garbage'], ['12 (x'], ['12 (x) S 1'], ['x (y) S 1 2 3']])('%j is no process', text => {
  expect(parseProcessStat(text)).toBeUndefined()
})

test('the own start lies between the start of the machine and now', async () => {
  const before = ownStartAgoMs()
  expect(before).toBeGreaterThanOrEqual(process.uptime() * 1000 - 50)
  expect(before).toBeLessThan(uptimeMs() + 1)
  await new Promise(resolve => setTimeout(resolve, 300))
  expect(ownStartAgoMs() - before).toBeGreaterThanOrEqual(280)
  expect(ownStartAgoMs() - before).toBeLessThan(2000)
})

describe('ending a process', () => {
  test('lets it end by itself first', async () => {
    const { recorded, child } = await started('bash', [
      '-c',
      'trap "exit 5" TERM; echo ready; while :; do sleep 0.05; done',
    ])
    const code = new Promise(resolve => child.once('exit', resolve))
    expect(await endProcess(recorded, { graceMs: 3000 })).toEqual({ state: 'gone' })
    expect(await code).toBe(5)
  })

  test('kills it when it ignores SIGTERM, or is stopped', async () => {
    const { recorded } = await started('bash', [
      '-c',
      'trap "" TERM; echo ready; while :; do sleep 0.05; done',
    ])
    process.kill(recorded.pid, 'SIGSTOP')
    const begin = Date.now()
    expect(await endProcess(recorded, { graceMs: 200 })).toEqual({ state: 'gone' })
    expect(Date.now() - begin).toBeGreaterThanOrEqual(190)
    expect(isSameProcess(recorded)).toBe(false)
  })

  test('ends all of its session when it leads one', async () => {
    const { recorded, said } = await started('bash', ['-c', 'set -m; sleep 60 & echo $!; wait'], true)
    const member = { pid: Number(said), startTime: processStartTime(Number(said)) ?? 0 }
    expect(isSameProcess(member)).toBe(true)
    expect(await endProcess(recorded, { graceMs: 500 })).toEqual({ state: 'gone' })
    expect(isSameProcess(member)).toBe(false)
  })

  test('ends what a dead leader left behind, only if it was recorded as one', async () => {
    const { recorded, said, child } = await started('bash', ['-c', 'sleep 60 & echo $!; sleep 0.2'], true)
    if (child.exitCode === null) await new Promise(resolve => child.once('exit', resolve))
    const member = { pid: Number(said), startTime: processStartTime(Number(said)) ?? 0 }
    expect(await endProcess(recorded, { graceMs: 100 })).toEqual({ state: 'gone' })
    expect(isSameProcess(member)).toBe(true)
    expect(await endProcess(recorded, { graceMs: 500, leader: true })).toEqual({ state: 'gone' })
    expect(isSameProcess(member)).toBe(false)
  })

  test('never touches a later process of the same pid', async () => {
    const { recorded } = await started('bash', ['-c', 'echo ready; exec sleep 60'], true)
    const earlier = { pid: recorded.pid, startTime: recorded.startTime - 1 }
    expect(await endProcess(earlier, { graceMs: 50, leader: true })).toEqual({ state: 'gone' })
    expect(isSameProcess(recorded)).toBe(true)
  })

  test.each([[1], [0], [-1], [process.pid], [Number.NaN]])('refuses pid %d', async pid => {
    await expect(endProcess({ pid, startTime: 1 }, { graceMs: 0 })).rejects.toThrow('refusing')
  })
})
