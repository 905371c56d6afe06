import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { type KeptCode, keepCode, readKeptCode } from '../../../lib/bundle/kept-code.ts'

const folder = mkdtempSync(join(tmpdir(), 'kept-code-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const owner = process.getuid?.() ?? -1
const path = join(folder, 'code/agent-v0')
const identity = { digest: 'd1ce', length: 9 }
const kept: KeptCode = { source: '(program)', code: Buffer.from('what V8 made of it') }

const read = (of = identity) => readKeptCode(path, of, owner)

beforeEach(() => {
  rmSync(join(folder, 'code'), { recursive: true, force: true })
  keepCode(path, identity, kept, owner)
})

test('what was kept is read back, and is nobody else’s to read', () => {
  expect(read()).toEqual(kept)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(join(folder, 'code')).mode & 0o777).toBe(0o700)
  expect(readdirSync(join(folder, 'code'))).toEqual(['agent-v0'])
})

test('code of another program, or of another release of this one, is not taken', () => {
  expect(read({ ...identity, digest: 'd1cf' })).toBeUndefined()
  expect(read({ ...identity, length: 1000 })).toBeUndefined()
})

test('a file that was cut off anywhere is not taken', () => {
  const whole = readFileSync(path)
  for (let bytes = 0; bytes < whole.length; bytes += 1) {
    writeFileSync(path, whole.subarray(0, bytes))
    expect(read(), `${bytes} bytes`).toBeUndefined()
  }
})

test('a file with any byte changed is not taken', () => {
  const whole = readFileSync(path)
  for (let at = 0; at < whole.length; at += 1) {
    const damaged = Buffer.from(whole)
    damaged[at] = (damaged[at] ?? 0) ^ 1
    writeFileSync(path, damaged)
    expect(read(), `byte ${at}`).toBeUndefined()
  }
})

test('a file that was written again, even with the same bytes, is not taken', () => {
  writeFileSync(path, readFileSync(path))
  expect(read()).toBeUndefined()
})

test('a file that others own or may write is not taken', () => {
  expect(readKeptCode(path, identity, owner + 1)).toBeUndefined()
  chmodSync(path, 0o620)
  expect(read()).toBeUndefined()
  chmodSync(path, 0o602)
  expect(read()).toBeUndefined()
  chmodSync(path, 0o600)
  expect(read()).toEqual(kept)
})

test('what stands in its place is not followed, opened or waited for', () => {
  renameSync(path, join(folder, 'elsewhere'))
  expect(read()).toBeUndefined()
  symlinkSync(join(folder, 'elsewhere'), path)
  expect(read()).toBeUndefined()
  rmSync(path)
  mkdirSync(path)
  expect(read()).toBeUndefined()
  rmSync(path, { recursive: true })
  execFileSync('mkfifo', [path])
  expect(read()).toBeUndefined()
})

test('nothing is written into a folder that others may enter or own', () => {
  rmSync(path)
  keepCode(path, identity, kept, owner + 1)
  chmodSync(join(folder, 'code'), 0o755)
  keepCode(path, identity, kept, owner)
  expect(readdirSync(join(folder, 'code'))).toEqual([])
})
