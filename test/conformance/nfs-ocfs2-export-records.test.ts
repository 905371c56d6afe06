import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { statdUid, takeOverScript } from '../../agents/nfs-ocfs2-export/client-records.ts'

const DATABASE = 'SQLite format 3\0 and its pages'
const lines = takeOverScript.split('\n')
let folder: string
let base: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haha-records-'))
  base = join(folder, 'records')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const run = (script: string, node: string, uid = '0') =>
  execa('/bin/sh', ['-c', script, 'sh', base, node, 'root', uid], { reject: false })
const file = (...names: readonly string[]) => readFileSync(join(base, ...names), 'utf8')

/** Node a has served and left a client of each protocol. */
async function servedByA(): Promise<void> {
  expect((await run(takeOverScript, 'a')).exitCode).toBe(0)
  writeFileSync(join(base, 'server/nfsdcld/main.sqlite'), DATABASE)
  writeFileSync(join(base, 'server/statd/sm/client'), 'client of a')
}

test('the next node has the records of the last one, and whom to notify', async () => {
  await servedByA()
  expect((await run(takeOverScript, 'b')).stdout).toContain('from a')
  expect(file('serving')).toBe('b 0')
  expect(file('server/nfsdcld/main.sqlite')).toBe(DATABASE)
  expect(file('server/notify/sm.bak/client')).toBe('client of a')
  expect(readdirSync(join(base, 'server/statd/sm'))).toEqual([])
})

test('records of another owner, or of a release that did not write whose they are, get the owner of this node', async () => {
  await servedByA()
  const notify = join(base, 'server/notify')
  for (const serving of ['a', 'a 999', 'a ']) {
    chownSync(notify, 999, 999)
    writeFileSync(join(base, 'serving'), serving)
    expect((await run(takeOverScript, 'b')).exitCode).toBe(0)
    expect(statSync(notify).uid, serving).toBe(0)
  }
  chownSync(notify, 999, 999)
  expect((await run(takeOverScript, 'b', '')).exitCode).toBe(0)
  expect(statSync(notify).uid).toBe(0)
  expect(statdUid('root:x:0:0::/root:/bin/sh\nstatd:x:106:65534::/var/lib/nfs:/bin/false\n')).toBe('106')
  expect(statdUid('notstatd:x:1:1:::\n')).toBe('')
})

test('a node that starts again has its own records, and nobody whom it took over from', async () => {
  await servedByA()
  expect((await run(takeOverScript, 'a')).stdout).toBe('')
  expect(file('server/notify/sm.bak/client')).toBe('client of a')
})

test.each(lines.map((_, index) => index))(
  'a take-over cut off after %i lines is made good by the next',
  async count => {
    await run(lines.slice(0, count).join('\n'), 'a')
    await servedByA()
    await run(lines.slice(0, count).join('\n'), 'b')
    expect((await run(takeOverScript, 'b')).exitCode).toBe(0)
    expect(file('server/nfsdcld/main.sqlite')).toBe(DATABASE)
    expect(file('server/notify/sm.bak/client')).toBe('client of a')
    for (const folder of ['', 'server']) expect(statSync(join(base, folder)).mode % 0o1000).toBe(0o711)
  },
)

test('a database that is none is set aside and told; a damaged name of the last node does no harm', async () => {
  await servedByA()
  writeFileSync(join(base, 'server/nfsdcld/main.sqlite'), 'x'.repeat(100))
  expect((await run(takeOverScript, 'a')).stdout).toContain('broken')
  expect(() => file('server/nfsdcld/main.sqlite')).toThrow()
  writeFileSync(join(base, 'serving'), '../../etc\0\n')
  expect(await run(takeOverScript, 'b')).toMatchObject({ exitCode: 0, stdout: '' })
  expect(file('serving')).toBe('b 0')
})

test('a symbolic link, which a client could have made, is not followed', async () => {
  mkdirSync(join(folder, 'elsewhere'))
  symlinkSync(join(folder, 'elsewhere'), base)
  const { exitCode, stderr } = await run(takeOverScript, 'b')
  expect(exitCode).toBe(1)
  expect(stderr).toContain('is a symbolic link')
})
