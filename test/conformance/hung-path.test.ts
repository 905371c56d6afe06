import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { askPath } from '../../lib/host/hung-path.ts'

const library = (name: string) => JSON.stringify(new URL(`../../lib/host/${name}`, import.meta.url).href)
const prelude = `import { writeSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { askPath } from ${library('hung-path.ts')}
import { runCommand } from ${library('command.ts')}
import { endProcess } from ${library('end-process.ts')}
import { processStartTime } from ${library('processes.ts')}
const mount = process.argv[1]
const begin = Date.now()
const tell = told => writeSync(1, JSON.stringify({ ...told, ms: Date.now() - begin }))
`

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'haha-hung-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

describe('a path that answers', () => {
  test('is told as file or directory, links followed', async () => {
    writeFileSync(join(directory, 'a file'), 'four')
    symlinkSync('a file', join(directory, 'link'))
    expect(await askPath({ kind: 'stat', path: directory }, 5000)).toMatchObject({
      kind: 'ok',
      type: 'directory',
    })
    expect(await askPath({ kind: 'stat', path: join(directory, 'link') }, 5000)).toMatchObject({
      kind: 'ok',
      type: 'file',
      size: 4,
      uid: process.getuid?.(),
    })
  })

  test('is read up to a limit', async () => {
    const path = join(directory, '-n')
    writeFileSync(path, 'hello')
    expect(await askPath({ kind: 'readFile', path, maxBytes: 5 }, 5000)).toEqual({
      kind: 'ok',
      text: 'hello',
      truncated: false,
    })
    expect(await askPath({ kind: 'readFile', path, maxBytes: 4 }, 5000)).toEqual({
      kind: 'ok',
      text: 'hell',
      truncated: true,
    })
  })

  test('is listed whatever its names', async () => {
    for (const name of ['b', '.hidden', 'line\nbreak', '-x']) mkdirSync(join(directory, name))
    const answer = await askPath({ kind: 'listDirectory', path: directory }, 5000)
    expect(answer.kind === 'ok' && [...answer.names].sort()).toEqual(['-x', '.hidden', 'b', 'line\nbreak'])
  })

  test('is writable or not', async () => {
    expect(await askPath({ kind: 'writable', path: directory }, 5000)).toEqual({ kind: 'ok', writable: true })
    const agent = `${prelude}tell(await askPath({ kind: 'writable', path: mount }, 5000))`
    const script = 'mount -t tmpfs -o ro none "$1" && exec "$2" --input-type=module -e "$3" "$1"'
    const args = ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', directory]
    const told = execFileSync('unshare', [...args, process.execPath, agent], { encoding: 'utf8' })
    expect(JSON.parse(told)).toMatchObject({ kind: 'ok', writable: false })
  })

  test.each(['stat', 'listDirectory', 'writable'] as const)('is absent: %s', async kind => {
    writeFileSync(join(directory, 'file'), '')
    const absent = { kind: 'absent' }
    for (const path of [join(directory, 'none'), join(directory, 'file/below')]) {
      if (kind === 'stat') expect(await askPath({ kind, path }, 5000)).toEqual(absent)
      else if (kind === 'writable') expect(await askPath({ kind, path }, 5000)).toEqual(absent)
      else expect(await askPath({ kind, path }, 5000)).toEqual(absent)
    }
    expect(await askPath({ kind: 'readFile', path: join(directory, 'none'), maxBytes: 1 }, 5000)).toEqual(
      absent,
    )
  })

  test('that is of the wrong kind is an error with its reason', async () => {
    expect(await askPath({ kind: 'readFile', path: directory, maxBytes: 9 }, 5000)).toMatchObject({
      kind: 'error',
      text: expect.stringContaining('Is a directory'),
    })
    expect(await askPath({ kind: 'stat', path: 'relative' }, 5000)).toMatchObject({ kind: 'error' })
    expect(await askPath({ kind: 'stat', path: '/a\0b' }, 5000)).toMatchObject({ kind: 'error' })
  })
})

async function hungOn(kind: 'fuse' | 'frozen', agent: string) {
  const fixture = new URL('hung-mounts.ts', import.meta.url).pathname
  const args = [
    '--mount',
    '--propagation',
    'private',
    process.execPath,
    fixture,
    kind,
    directory,
    prelude + agent,
  ]
  const { stdout } = await promisify(execFile)('unshare', args)
  const watched: { output: string; exitMs?: number; code: number | null } = JSON.parse(stdout)
  const told: unknown = watched.output === '' ? undefined : JSON.parse(watched.output)
  return { told, exitMs: watched.exitMs, code: watched.code }
}

describe('a path on a mount that hangs', { timeout: 30_000 }, () => {
  test('would hold up the exit of a process that asked by itself: the mount really hangs', async () => {
    const { exitMs, code } = await hungOn(
      'fuse',
      'void stat(mount).catch(() => {}); setTimeout(() => { tell({}); process.exit(0) }, 200)',
    )
    expect([exitMs, code]).toEqual([undefined, null])
  })

  test.each([
    ["{ kind: 'stat', path: mount }"],
    ["{ kind: 'stat', path: mount + '/below' }"],
    ["{ kind: 'readFile', path: mount + '/x', maxBytes: 10 }"],
    ["{ kind: 'listDirectory', path: mount }"],
    ["{ kind: 'writable', path: mount }"],
  ])('is told as hung in time, and the exit is not delayed: %s', async request => {
    const { told, exitMs, code } = await hungOn(
      'fuse',
      `const answer = await askPath(${request}, 500); tell({ kind: answer.kind }); process.exit(7)`,
    )
    expect(told).toEqual({ kind: 'hung', ms: expect.any(Number) })
    expect(told).toHaveProperty(
      'ms',
      expect.toSatisfy((ms: number) => ms >= 490 && ms < 2000),
    )
    expect(code).toBe(7)
    expect(exitMs).toBeLessThan(500)
  })

  test.each([
    ['working directory', "runCommand('true', [], { timeoutMs: 500, cwd: mount })"],
    ['program', "runCommand(mount + '/program', [], { timeoutMs: 500, onSpawned() {} })"],
  ])('holds up only the child that has it as its %s: timers go on, and the exit', async (_, run) => {
    const { told, exitMs, code } = await hungOn(
      'fuse',
      `let ticks = 0; setInterval(() => ticks++, 50)
const { timedOut } = await ${run}; tell({ timedOut, ticking: ticks > 3 }); process.exit(7)`,
    )
    expect(told).toMatchObject({ timedOut: true, ticking: true })
    expect(code).toBe(7)
    expect(exitMs).toBeLessThan(500)
  })

  test('leaves a child that no signal reaches: the answer and the exit come in time, and it is told', async () => {
    const { told, exitMs, code } = await hungOn(
      'frozen',
      `const { timedOut, pid } = await runCommand('touch', [mount + '/new'], { timeoutMs: 500 })
const answered = Date.now() - begin
const recorded = { pid, startTime: processStartTime(pid) }
const again = await askPath({ kind: 'stat', path: mount }, 500, recorded)
const end = await endProcess(recorded, { graceMs: 100, killMs: 300 })
tell({ timedOut, answered, again: again.kind, end }); process.exit(7)`,
    )
    expect(told).toMatchObject({
      timedOut: true,
      answered: expect.toSatisfy((ms: number) => ms < 2000),
      again: 'hung',
      end: { state: 'alive', uninterruptible: true },
    })
    expect(code).toBe(7)
    expect(exitMs).toBeLessThan(500)
  })
})
