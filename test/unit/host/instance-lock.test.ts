import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { takeFileLock } from '../../../lib/host/file-lock.ts'
import { bindsAbstractNames, type Lock, takeInstanceLock } from '../../../lib/host/instance-lock.ts'
import { lockName } from '../../../lib/host/lock-name.ts'

const library = (name: string) => JSON.stringify(new URL(`../../../lib/host/${name}`, import.meta.url).href)
let directory = ''
let holder: ChildProcess | undefined

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'haha-lock-'))
})
afterEach(() => {
  holder?.kill('SIGKILL')
  rmSync(directory, { recursive: true })
})

type Take = (name: string, waitMs: number) => Promise<Lock | undefined>
const kinds: readonly [string, Take, () => string][] = [
  [
    'abstract socket',
    (name, waitMs) => takeInstanceLock(`${directory}${name}`, waitMs),
    () => `(await import(${library('instance-lock.ts')})).takeInstanceLock('${directory}a', 0)`,
  ],
  [
    'locked file',
    (name, waitMs) => takeFileLock(directory, name, waitMs),
    () => `(await import(${library('file-lock.ts')})).takeFileLock('${directory}', 'a', 0)`,
  ],
]

describe.each(kinds)('a lock by %s', (_, take, taken) => {
  test('is held by one at a time, each instance by itself', async () => {
    const first = await take('a', 0)
    const other = await take('b', 0)
    expect([first !== undefined, other !== undefined]).toEqual([true, true])
    const begin = Date.now()
    expect(await take('a', 300)).toBeUndefined()
    expect(Date.now() - begin).toBeGreaterThanOrEqual(290)
    first?.release()
    other?.release()
  })

  test('is got by who waits once it is released', async () => {
    const first = await take('a', 0)
    setTimeout(() => first?.release(), 150)
    const second = await take('a', 5000)
    expect(second).toBeDefined()
    second?.release()
  })

  test('is free again as soon as its holder is killed', async () => {
    const file = join(directory, 'hold.mjs')
    writeFileSync(
      file,
      `const lock = await ${taken()}\nconsole.log(String(lock !== undefined))\nsetInterval(() => lock, 1000)`,
    )
    holder = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] })
    const said = await new Promise(resolve =>
      holder?.stdout?.once('data', text => resolve(String(text).trim())),
    )
    expect(said).toBe('true')
    expect(await take('a', 0)).toBeUndefined()
    holder.kill('SIGKILL')
    const lock = await take('a', 5000)
    expect(lock).toBeDefined()
    lock?.release()
  })

  test('does not keep its holder from leaving', () => {
    const file = join(directory, 'leave.mjs')
    writeFileSync(file, `process.exitCode = (await ${taken()}) === undefined ? 1 : 0`)
    const begin = Date.now()
    expect(spawnSync(process.execPath, [file], { timeout: 20_000 }).status).toBe(0)
    expect(Date.now() - begin).toBeLessThan(5000)
  })
})

test('names of any text become short ones, and different names never the same', () => {
  expect(lockName('p_stack')).toBe('p_stack')
  expect(lockName('a/../b\0c')).toMatch(/^[\w.%-]+$/)
  const long = 'x'.repeat(500)
  expect(lockName(`${long}1`)).not.toBe(lockName(`${long}2`))
  expect(lockName(long).length).toBeLessThanOrEqual(80)
})

test('node 18 is known to bind all abstract names as one', () => {
  expect(['1.44.2', '1.45.0', '1.46.0', '1.51.0', '2.0.0'].map(bindsAbstractNames)).toEqual([
    false,
    false,
    true,
    true,
    true,
  ])
})
