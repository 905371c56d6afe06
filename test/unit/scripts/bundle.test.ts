import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import type { Metafile } from 'esbuild'
import { afterAll, expect, test } from 'vitest'
import { ocfXml } from '../../../metadata/ocf-xml.ts'
import { bundleAgent, root } from '../../../scripts/bundle.ts'
import { agentBytesLimit, bundleFaults, sizeFault } from '../../../scripts/bundle-gate.ts'
import { sample } from '../metadata/sample-agent/definition.ts'

const folder = mkdtempSync(join(tmpdir(), 'bundle-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const entry = join(root, 'test/unit/metadata/sample-agent.ts')

function bundleTo(name: string) {
  return bundleAgent({ entry, outFile: join(folder, name), version: '1.2.3' })
}

/** For all that only look at it. */
const built = bundleTo('built')

test('the same sources give the same bytes, and name no folder of this machine', async () => {
  const first = readFileSync((await built).outFile)
  const second = readFileSync((await bundleTo('second')).outFile)
  expect(first.equals(second)).toBe(true)
  expect(first.includes(root)).toBe(false)
})

test('a bundle is one executable file that starts with the node of the distribution', async () => {
  const { outFile } = await built
  expect(statSync(outFile).mode & 0o777).toBe(0o755)
  expect(readFileSync(outFile, 'utf8').split('\n')[0]).toBe('#!/usr/bin/node')
})

test('a lazy import of a built-in stays a lazy require', async () => {
  const { program: text } = await built
  expect(text).toMatch(/=>require\("node:child_process"\)/)
  expect(text).not.toMatch(/\bimport\(/)
  const atOnce = [...text.matchAll(/\w=require\("([^"]*)"\)/g)].map(match => match[1])
  expect(new Set(atOnce)).toEqual(new Set(['node:fs']))
})

test('what people are told stands in the document alone, what errors say stands in the definition too', async () => {
  const { program: text } = await built
  const inDefinition = (words: string) => new RegExp(`["'\`]${words}["'\`]`).test(text)
  expect(['A sample.', 'Sample'].filter(inDefinition)).toEqual([])
  expect(inDefinition('correct horse')).toBe(true)
})

test('what node evaluates before it knows the action is no more than the document and what unpacks the program', async () => {
  const { outFile, program } = await built
  const text = readFileSync(outFile, 'utf8')
  const atOnce = [...text.matchAll(/\w=require\("([^"]*)"\)/g)].map(match => match[1])
  expect(new Set(atOnce)).toEqual(new Set(['node:fs']))
  const packed = text.match(/[A-Za-z0-9+/=]{1000,}/)?.[0] ?? ''
  expect(brotliDecompressSync(Buffer.from(packed, 'base64')).toString('latin1')).toContain(program)
  expect(text.length - packed.length - ocfXml(sample, '1.2.3').length).toBeLessThan(5000)
})

test('a bundle answers meta-data with an empty environment, whatever follows the action', async () => {
  const { outFile } = await built
  const { status, stdout, stderr } = runBundle(outFile, ['meta-data', 'further'])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toBe(ocfXml(sample, '1.2.3'))
})

test('a bundle without metadata to answer goes on to the runner', async () => {
  const { outFile } = await built
  const { status, stdout, stderr } = runBundle(outFile, ['dance'])
  expect({ status, stdout }).toEqual({ status: 3, stdout: '' })
  expect(stderr).toContain("'dance'")
})

function runBundle(file: string, args: readonly string[]) {
  return spawnSync(process.execPath, [file, ...args], {
    env: {},
    cwd: '/',
    encoding: 'utf8',
    timeout: 20_000,
  })
}

const origin = { entry: 'agents/one.ts', main: 'main' }

function metafile(inputs: Metafile['inputs']): Metafile {
  return { inputs, outputs: {} }
}

const empty = { bytes: 1, imports: [] }

test.each(['node_modules/xml2js/lib/xml2js.js', 'node_modules/zx/index.js', 'node_modules/execa/index.js'])(
  'a bundle with %s is refused',
  input => {
    expect(bundleFaults(metafile({ main: empty, [input]: empty }), origin)).toEqual([
      `${input} does not belong in a bundle`,
    ])
  },
)

test.each([
  'agents/two.ts',
  'agents/two/part.ts',
  'fence/driver.ts',
  'metadata/facts.ts',
  'scripts/build.ts',
])('an agent with %s in its bundle is refused', input => {
  expect(bundleFaults(metafile({ main: empty, [input]: empty }), origin)).toHaveLength(1)
})

test('the agent, its folder and the library are what a bundle is made of', () => {
  const inputs = { main: empty, 'agents/one.ts': empty, 'agents/one/part.ts': empty, 'lib/x.ts': empty }
  expect(bundleFaults(metafile(inputs), origin)).toEqual([])
})

test('a tool for the operator may use every part of the project, and no package', () => {
  const tool = { ...origin, entry: 'scripts/doctor/main.ts' }
  const parts = { main: empty, 'agents/one/part.ts': empty, 'lib/x.ts': empty, 'metadata/roff.ts': empty }
  expect(bundleFaults(metafile(parts), tool)).toEqual([])
  const foreign = { ...parts, 'node_modules/execa/index.js': empty, 'test/played.ts': empty }
  expect(bundleFaults(metafile(foreign), tool)).toHaveLength(2)
})

test('a built-in that every run would load is refused, one that is loaded where it is used is not', () => {
  const external = (path: string, kind: 'import-statement' | 'dynamic-import') => ({
    bytes: 1,
    imports: [{ path, kind, external: true }],
  })
  const toLib = { bytes: 1, imports: [{ path: 'lib/x.ts', kind: 'import-statement' as const }] }
  const lazily = { bytes: 1, imports: [{ path: 'lib/x.ts', kind: 'dynamic-import' as const }] }
  const eager = metafile({ main: toLib, 'lib/x.ts': external('node:net', 'import-statement') })
  expect(bundleFaults(eager, origin)).toEqual([expect.stringContaining('lib/x.ts loads node:net at once')])
  const lazy = metafile({ main: toLib, 'lib/x.ts': external('node:net', 'dynamic-import') })
  expect(bundleFaults(lazy, origin)).toEqual([])
  const lazyFile = metafile({ main: lazily, 'lib/x.ts': external('node:net', 'import-statement') })
  expect(bundleFaults(lazyFile, origin)).toEqual([])
})

test('a bundle over the limit has a fault of size', () => {
  for (const agent of ['compose-stack', 'an agent without an allowance']) {
    const limit = agentBytesLimit(agent)
    expect(sizeFault(agent, limit)).toBeUndefined()
    expect(sizeFault(agent, limit + 1)).toBe(`${limit + 1} bytes, allowed are ${limit}`)
  }
})

test('a definition with a fault is not bundled', async () => {
  const broken = join(root, 'test/unit/metadata/broken-agent.ts')
  await expect(bundleAgent({ entry: broken, outFile: join(folder, 'broken'), version: '1' })).rejects.toThrow(
    'action stop is missing',
  )
})
