import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cached } from '../../../scripts/engine/cache.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haha-cache-'))
  process.env.HAHA_CACHE = folder
})
afterEach(() => {
  delete process.env.HAHA_CACHE
  rmSync(folder, { recursive: true, force: true })
})

const fill = (text: string) => (target: string) => Promise.resolve(writeFileSync(join(target, 'made'), text))

test('a thing is built once, also when asked for twice at the same time', async () => {
  const [one, two] = await Promise.all([cached('thing', fill('first')), cached('thing', fill('second'))])
  expect(one).toBe(two)
  expect(readFileSync(join(await cached('thing', fill('third')), 'made'), 'utf8')).toBe('first')
})

test('a build that fails leaves no entry, and is tried again', async () => {
  await expect(cached('thing', () => Promise.reject(new Error('no network')))).rejects.toThrow('no network')
  expect(existsSync(join(folder, 'thing'))).toBe(false)
  expect(readFileSync(join(await cached('thing', fill('again')), 'made'), 'utf8')).toBe('again')
})

test('a build killed half-way is thrown away and done anew', async () => {
  const module = join(import.meta.dirname, '../../../scripts/engine/cache.ts')
  const half = `import { cached } from ${JSON.stringify(module)}
    import { writeFileSync } from 'node:fs'
    await cached('thing', async target => {
      writeFileSync(target + '/half', '')
      process.stdout.write('half done')
      await new Promise(resolve => setTimeout(resolve, 60_000))
    })`
  const builder = spawn(process.execPath, ['--input-type=module', '-e', half], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise(resolve => builder.stdout.once('data', resolve))
  const dead = new Promise(resolve => builder.once('exit', resolve))
  builder.kill('SIGKILL')
  await dead
  const entry = await cached('thing', fill('whole'))
  expect(readdirSync(entry)).toEqual(['made'])
  expect(readdirSync(folder)).toEqual(['thing'])
})
