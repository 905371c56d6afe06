import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CommandMissing, CommandNotStarted, findBinary, runCommand } from '../../../lib/host/command.ts'
import { isSameProcess, processStartTime } from '../../../lib/host/processes.ts'

const limit = { timeoutMs: 5000 }
const library = (name: string) => JSON.stringify(new URL(`../../../lib/host/${name}`, import.meta.url).href)
let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'haha-command-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

function endLater(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Already gone.
  }
}

test('a command gets its arguments as they are: no shell reads them', async () => {
  const hostile = ['a b', '$(touch x)', "'", '"; reboot', '*', '']
  for (const more of [{}, { onSpawned() {} }]) {
    const result = await runCommand('printf', ['%s\\n', ...hostile], { ...limit, ...more })
    expect(result.stdout.split('\n').slice(0, -1)).toEqual(hostile)
  }
})

test('code, signal and both outputs are told', async () => {
  const result = await runCommand('sh', ['-c', 'echo out; echo err >&2; exit 3'], limit)
  expect(result).toMatchObject({
    code: 3,
    signal: undefined,
    timedOut: false,
    stdout: 'out\n',
    stderr: 'err\n',
  })
  expect(await runCommand('sh', ['-c', 'kill -TERM $$'], limit)).toMatchObject({
    code: undefined,
    signal: 'SIGTERM',
  })
})

test('a child gets PATH, LC_ALL=C and what it is given, and none of the resource parameters', async () => {
  process.env.OCF_RESKEY_password = 'hidden'
  try {
    const { stdout } = await runCommand('env', [], { ...limit, env: { HOME: '/root' } })
    const names = stdout
      .split('\n')
      .filter(Boolean)
      .map(line => line.replace(/=.*/, ''))
    expect(names.sort()).toEqual(['HOME', 'LC_ALL', 'PATH'])
    expect(stdout).toMatch(/^PATH=.*\/usr\/sbin/m)
    expect(stdout).toMatch(/^LC_ALL=C$/m)
  } finally {
    delete process.env.OCF_RESKEY_password
  }
})

test('stdin is the input, or nothing', async () => {
  const large = 'x'.repeat(300_000)
  expect((await runCommand('cat', [], { ...limit, input: large })).stdout).toBe(large)
  expect((await runCommand('cat', [], { ...limit, input: large, onSpawned() {} })).stdout).toBe(large)
  expect((await runCommand('cat', [], limit)).stdout).toBe('')
  expect((await runCommand('true', [], { ...limit, input: large })).code).toBe(0)
})

test('output beyond the most that is kept is dropped and flagged, and the command still ends by itself', async () => {
  const result = await runCommand('head', ['-c', '3000000', '/dev/zero'], { ...limit, maxOutputBytes: 1000 })
  expect([result.stdout.length, result.truncated, result.code]).toEqual([1000, true, 0])
  expect((await runCommand('echo', ['x'], limit)).truncated).toBe(false)
})

test('it runs in / or where it is told', async () => {
  expect((await runCommand('pwd', [], limit)).stdout).toBe('/\n')
  expect((await runCommand('pwd', [], { ...limit, cwd: directory })).stdout).toBe(`${directory}\n`)
})

describe('what cannot be started', () => {
  test.each([
    ['a name that PATH has not', 'haha-no-such-program', {}],
    ['an absolute path', '/usr/bin/haha-no-such-program', {}],
    ['an absolute path, gated', '/usr/bin/haha-no-such-program', { onSpawned() {} }],
  ])('is missing: %s', async (_, binary, more) => {
    const outcome = runCommand(binary, [], { ...limit, ...more })
    await expect(outcome).rejects.toBeInstanceOf(CommandMissing)
    await expect(outcome).rejects.toThrow(`${binary} is not installed`)
  })

  test('is told when the system refuses, without the arguments', async () => {
    const secret = `s\0cret`
    await expect(runCommand('echo', [secret], limit)).rejects.toThrow(/^echo could not be started/)
    await expect(runCommand('echo', [secret], limit)).rejects.not.toThrow(/cret/)
    await expect(runCommand('pwd', [], { ...limit, cwd: `${directory}/gone` })).rejects.toBeInstanceOf(
      CommandNotStarted,
    )
    const plain = join(directory, 'plain')
    writeFileSync(plain, 'text')
    await expect(runCommand(plain, [], limit)).rejects.toBeInstanceOf(CommandNotStarted)
  })

  test('is anything, while ocf-tester plays a host without the software', () => {
    expect(findBinary('sh')).toMatch(/\/sh$/)
    expect(findBinary('sh', '/nowhere')).toBeUndefined()
    expect(findBinary('haha-no-such-program')).toBeUndefined()
    process.env.OCF_TESTER_FAIL_HAVE_BINARY = '1'
    try {
      expect(findBinary('sh')).toBeUndefined()
    } finally {
      delete process.env.OCF_TESTER_FAIL_HAVE_BINARY
    }
  })
})

describe('the time limit', () => {
  test('kills a command that ignores SIGTERM and keeps what it had said', async () => {
    const result = await runCommand('sh', ['-c', 'trap "" TERM; echo said; while :; do sleep 1; done'], {
      timeoutMs: 300,
    })
    expect(result).toMatchObject({ timedOut: true, code: undefined, stdout: 'said\n' })
    expect(result.durationMs).toBeLessThan(1000)
  })

  test('kills the whole group of a detached command', async () => {
    const result = await runCommand('sh', ['-c', 'sleep 60 & echo $!; wait'], {
      timeoutMs: 300,
      detached: true,
    })
    const grandchild = Number(result.stdout)
    const alive = () => isSameProcess({ pid: grandchild, startTime: processStartTime(grandchild) ?? 0 })
    expect(grandchild).toBeGreaterThan(1)
    await expect.poll(alive).toBe(false)
  })

  test('a grandchild that keeps the pipes open does not hold the answer up', async () => {
    const result = await runCommand('sh', ['-c', 'sleep 60 & echo $!; exit 4'], limit)
    endLater(Number(result.stdout))
    expect(result.code).toBe(4)
    expect(result.durationMs).toBeLessThan(1500)
  })

  test('nothing of a finished or timed-out command keeps the process from leaving by itself', () => {
    const script = `import { runCommand } from ${library('command.ts')}
const late = await runCommand('sh', ['-c', 'sleep 60 & echo $!; wait'], { timeoutMs: 200 })
const held = await runCommand('sh', ['-c', 'sleep 60 & echo $!'], { timeoutMs: 5000 })
console.log(late.pid + ' ' + late.stdout.trim() + ' ' + held.stdout.trim())`
    const file = join(directory, 'leave.mjs')
    writeFileSync(file, script)
    const begin = Date.now()
    const { stdout, status } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 20_000 })
    for (const pid of stdout.trim().split(' ').map(Number)) if (pid > 1) endLater(pid)
    expect(status).toBe(0)
    expect(Date.now() - begin).toBeLessThan(5000)
  })
})

describe('a command that is recorded before it begins', () => {
  test('has not begun while the record is written, and keeps pid and start time', async () => {
    const mark = join(directory, 'mark')
    const seen: { pid: number; startTime: number | undefined; begun: boolean }[] = []
    const result = await runCommand('sh', ['-c', `echo $$ > ${mark}; cut -d" " -f22 /proc/$$/stat`], {
      ...limit,
      onSpawned(pid) {
        const end = Date.now() + 200
        while (Date.now() < end);
        seen.push({ pid, startTime: processStartTime(pid), begun: existsSync(mark) })
      },
    })
    expect(seen).toEqual([
      { pid: Number(readFileSync(mark, 'utf8')), startTime: Number(result.stdout), begun: false },
    ])
  })

  test('never begins when the record cannot be written', async () => {
    const mark = join(directory, 'mark')
    const outcome = runCommand('touch', [mark], {
      ...limit,
      onSpawned() {
        throw new Error('no space left')
      },
    })
    await expect(outcome).rejects.toThrow('no space left')
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(existsSync(mark)).toBe(false)
  })

  test('never begins when the agent is killed while it writes the record', async () => {
    const mark = join(directory, 'mark')
    const script = `import { writeSync } from 'node:fs'
import { runCommand } from ${library('command.ts')}
await runCommand('touch', [${JSON.stringify(mark)}], { timeoutMs: 5000, detached: true, onSpawned(pid) {
  writeSync(1, String(pid))
  process.kill(process.pid, 'SIGKILL')
} })`
    const file = join(directory, 'killed.mjs')
    writeFileSync(file, script)
    const { stdout, signal } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 20_000 })
    expect(signal).toBe('SIGKILL')
    const pid = Number(stdout)
    expect(pid).toBeGreaterThan(1)
    const startTime = processStartTime(pid) ?? 0
    await expect.poll(() => isSameProcess({ pid, startTime })).toBe(false)
    expect(existsSync(mark)).toBe(false)
  })
})
