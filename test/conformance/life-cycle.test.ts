import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bundleAgent } from '../../scripts/bundle.ts'
import { type ActionRun, runAction } from '../executor.ts'
import { servicePids } from './reference-agent.ts'

const STATE = '/run/resource-agents/haha'
/** Its own in every run: another clone's run on this machine has the same tests. */
const INSTANCE = `ref-${process.pid}`
const MARKER = 3_000_000 + process.pid
const OTHER_MARKER = 4_000_000 + process.pid
const STATE_FILE = `${STATE}/reference-agent-${INSTANCE}.json`
const full = process.env.HAHA_FULL === '1'

let folder: string
let agent: string
let behaviour: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'haha-life-cycle-'))
  // ocf-tester asks for the metadata as nobody.
  chmodSync(folder, 0o755)
  writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}')
  agent = join(folder, 'reference-agent')
  behaviour = join(folder, 'behaviour')
  await bundleAgent({
    entry: join(import.meta.dirname, 'reference-agent.ts'),
    outFile: agent,
    version: '0.0.0',
  })
})
beforeEach(() => behave(''))
afterEach(() => {
  for (const pid of servicePids(MARKER)) process.kill(pid, 'SIGKILL')
  for (const name of existsSync(STATE) ? readdirSync(STATE) : []) {
    if (name.startsWith(`reference-agent-${INSTANCE}`)) rmSync(join(STATE, name))
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function behave(words: string): void {
  writeFileSync(behaviour, words)
}

function run(action: string, more: Partial<ActionRun> = {}) {
  const parameters = { marker: String(MARKER), behaviour, ...more.parameters }
  return runAction(agent, { action, instance: INSTANCE, timeoutMs: 20_000, ...more, parameters })
}

const recurring = { intervalMs: 10_000 } as const
const alive = () => servicePids(MARKER).length

describe('start', () => {
  test('answers 0 once it runs, and 0 again without a second service', async () => {
    expect(await run('start')).toMatchObject({ code: 0, stderr: '' })
    expect(alive()).toBe(1)
    expect((await run('start')).code).toBe(0)
    expect(alive()).toBe(1)
  })
  test('of a degraded service is a success, never 190', async () => {
    behave('degraded')
    expect((await run('start')).code).toBe(0)
  })
  test('that never ends leaves by itself before the kill, with what it waited for', async () => {
    behave('endless-start')
    const { code, reason, timedOut, durationMs } = await run('start', { timeoutMs: 3000 })
    expect({ code, timedOut }).toEqual({ code: 1, timedOut: false })
    expect(reason).toContain('a bus that never comes')
    expect(durationMs).toBeLessThan(3000)
  })
  test('waits for what is starting, and fails with its reason at the deadline', async () => {
    behave('starting')
    const late = await run('start', { timeoutMs: 3000 })
    expect(late).toMatchObject({
      code: 1,
      timedOut: false,
      reason: expect.stringContaining('the service to wake up'),
    })
    setTimeout(() => behave(''), 1000)
    expect((await run('start', { timeoutMs: 10_000 })).code).toBe(0)
  })
  test('is never 7 when it cannot be seen what is there', async () => {
    behave('unknown')
    expect(await run('start', { timeoutMs: 4000 })).toMatchObject({
      code: 1,
      reason: expect.stringContaining('cannot be seen'),
    })
  })
  test('close to its timeout says what to configure', async () => {
    behave('starting')
    setTimeout(() => behave(''), 5900)
    const { code, stderr } = await run('start', { timeoutMs: 8000 })
    expect(code).toBe(0)
    expect(stderr).toMatch(/WARNING: start took \d.* of its 8s timeout; configure op start timeout=20s/)
  })
})

describe('monitor', () => {
  /** state, as probe, as recurring monitor under Pacemaker, as seen by a caller that knows no 190 */
  const table = [
    ['', 0, 0, 0],
    ['degraded', 0, 190, 0],
    ['failed', 1, 1, 1],
    ['unknown', 1, 1, 1],
    ['throw', 1, 1, 1],
  ] as const

  test.each(table)(
    'of a service that is "%s" answers a probe %i, Pacemaker %i and others %i',
    async (words, probe, pacemaker, other) => {
      await run('start')
      behave(words)
      expect((await run('monitor')).code).toBe(probe)
      expect((await run('monitor', recurring)).code).toBe(pacemaker)
      expect(
        (await run('monitor', { ...recurring, environment: { OCF_RESKEY_crm_feature_set: '' } })).code,
      ).toBe(other)
    },
  )
  test('of a stopped service answers 7', async () => {
    expect((await run('monitor')).code).toBe(7)
    expect((await run('monitor', recurring)).code).toBe(7)
  })
  test('tolerates what is starting no longer than the timeout of start', async () => {
    await run('start', { timeoutMs: 3000 })
    behave('starting')
    expect((await run('monitor', recurring)).code).toBe(0)
    await new Promise(resolve => setTimeout(resolve, 3000))
    expect(await run('monitor', recurring)).toMatchObject({ code: 1, reason: 'the service to wake up' })
  })
  test('that is healthy says nothing and leaves the state file as it is', async () => {
    await run('start')
    const before = readFileSync(STATE_FILE, 'utf8')
    expect(await run('monitor', recurring)).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(readFileSync(STATE_FILE, 'utf8')).toBe(before)
  })
  test('tells a degraded reason when it comes and when it goes, not in between', async () => {
    await run('start')
    behave('degraded')
    expect((await run('monitor', recurring)).stderr).toContain('WARNING: degraded: the service is bland')
    expect((await run('monitor', recurring)).stderr).not.toContain('WARNING')
    behave('')
    expect((await run('monitor', recurring)).stderr).toContain(
      'INFO: no longer degraded: the service is bland',
    )
  })
})

describe('stop', () => {
  test('of what does not run is 0, also twice', async () => {
    expect((await run('stop')).code).toBe(0)
    expect((await run('stop')).code).toBe(0)
  })
  test('that would wait for ever uses force within its budget', async () => {
    await run('start')
    behave('endless-stop')
    expect(await run('stop', { timeoutMs: 6000 })).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('using force'),
    })
    expect(alive()).toBe(0)
  })
  test('is never 0 when it cannot be seen what is left', async () => {
    await run('start')
    behave('unknown')
    expect(await run('stop', { timeoutMs: 4000 })).toMatchObject({
      code: 1,
      timedOut: false,
      reason: expect.stringContaining('cannot be seen'),
    })
  })
  test('works with parameters that went bad since the start, and with none at all', async () => {
    await run('start')
    const broken = { parameters: { marker: 'x', behaviour: 'nowhere' } }
    expect((await run('monitor', { ...recurring, ...broken })).code).toBe(0)
    expect((await run('stop', { environment: { OCF_RESKEY_marker: '' } })).code).toBe(0)
    expect(alive()).toBe(0)
  })
})

describe('cures', () => {
  let tools: string
  beforeEach(() => {
    tools = mkdtempSync(join(folder, 'tools-'))
  })
  /** A crm_mon that says what a cluster would. */
  function cluster(managed: string, maintenance = 'false'): Partial<ActionRun> {
    const xml = `<pacemaker-result><summary><cluster_options maintenance-mode="${maintenance}"/></summary><nodes><node name="n1" maintenance="false" pending="false" unclean="false"/></nodes><resources><resource id="${INSTANCE}" managed="${managed}"/></resources></pacemaker-result>`
    writeFileSync(join(tools, 'crm_mon'), `#!/bin/sh\ncat <<'XML'\n${xml}\nXML\n`, { mode: 0o755 })
    writeFileSync(join(tools, 'attrd_updater'), '#!/bin/sh\nexit 0\n', { mode: 0o755 })
    return { ...recurring, environment: { PATH: `${tools}:${process.env.PATH}` } }
  }

  test('are 190 while they settle, are counted, and then the failure counts', async () => {
    const managed = cluster('true')
    await run('start')
    behave('curable')
    const parameters = { patience: '500ms' }
    const codes: number[] = []
    for (let step = 0; step < 4; step++) {
      codes.push((await run('monitor', { ...managed, parameters })).code)
      await new Promise(resolve => setTimeout(resolve, 700))
    }
    expect(codes).toEqual([190, 190, 1, 1])
    behave('')
    expect((await run('monitor', managed)).code).toBe(0)
    behave('curable')
    expect(await run('monitor', { ...managed, parameters })).toMatchObject({
      code: 1,
      reason: expect.stringContaining('tried 2 times'),
    })
  })
  test('never run in a probe, nor for an unmanaged resource, nor in maintenance, nor when nobody can tell', async () => {
    await run('start')
    behave('curable')
    expect((await run('monitor', { environment: cluster('true').environment ?? {} })).code).toBe(1)
    expect(await run('monitor', cluster('false'))).toMatchObject({
      code: 1,
      reason: expect.stringContaining('unmanaged'),
    })
    expect(await run('monitor', cluster('true', 'true'))).toMatchObject({
      code: 1,
      reason: expect.stringContaining('maintenance'),
    })
    writeFileSync(join(tools, 'crm_mon'), '#!/bin/sh\nexit 102\n', { mode: 0o755 })
    const environment = { PATH: `${tools}:${process.env.PATH}` }
    expect(await run('monitor', { ...recurring, environment })).toMatchObject({
      code: 1,
      reason: expect.stringContaining('crm_mon answered 102'),
    })
  })
})

describe('reload-agent', () => {
  test('takes over a reloadable parameter, which stop then goes by', async () => {
    await run('start')
    expect((await run('reload-agent', { parameters: { patience: '9s' } })).code).toBe(0)
    expect(readFileSync(STATE_FILE, 'utf8')).toContain('"patience":"9s"')
    expect(alive()).toBe(1)
  })
  test('refuses a wrong one and leaves what runs alone', async () => {
    await run('start')
    expect((await run('reload-agent', { parameters: { patience: 'x' } })).code).toBe(6)
    expect((await run('monitor', recurring)).code).toBe(0)
  })
})

test('the log goes to HA_LOGFILE, every line with agent, instance and level', async () => {
  const logFile = join(folder, 'log')
  behave('failed')
  await run('start', { timeoutMs: 2500 })
  await run('monitor', { ...recurring, environment: { HA_LOGFILE: logFile } })
  expect(readFileSync(logFile, 'utf8')).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d reference-agent\(ref-\d+\)\[\d+\]: ERROR: the service snores$/m,
  )
})

test('syslog gets at most one logger process, whatever is said', async () => {
  const tools = mkdtempSync(join(folder, 'tools-'))
  const record = join(tools, 'record')
  writeFileSync(join(tools, 'logger'), `#!/bin/sh\necho started >> ${record}\ncat >> ${record}\n`, {
    mode: 0o755,
  })
  const environment = { PATH: `${tools}:${process.env.PATH}`, HA_LOGFACILITY: 'daemon' }
  await run('start')
  await run('monitor', { ...recurring, environment })
  expect(existsSync(record)).toBe(false)
  behave('degraded')
  await run('validate-all', { environment, parameters: { one: '1', two: '2' } })
  const text = readFileSync(record, 'utf8')
  expect(text.match(/^started$/gm)).toHaveLength(1)
  expect(text.match(/^<4>parameter (one|two) is unknown/gm)).toHaveLength(2)
})

test('two instances run side by side', async () => {
  const other = { instance: `${INSTANCE}-other`, parameters: { marker: String(OTHER_MARKER) } }
  const codes = await Promise.all([run('start'), run('start', other)])
  expect(codes.map(({ code }) => code)).toEqual([0, 0])
  expect((await run('stop')).code).toBe(0)
  expect((await run('monitor', { ...recurring, ...other })).code).toBe(0)
  expect((await run('stop', other)).code).toBe(0)
})

test('a missing program is exit code 5, by name and package', async () => {
  const result = await run('start', { environment: { OCF_TESTER_FAIL_HAVE_BINARY: '1' } })
  expect(result).toMatchObject({
    code: 5,
    reason: 'setsid is not installed on this node: apt install util-linux',
  })
})

test('ocf-tester passes it', async () => {
  const { exitCode, all } = await execa(
    'ocf-tester',
    ['-n', `${INSTANCE}-tester`, '-o', `marker=${MARKER}`, agent],
    {
      all: true,
      reject: false,
    },
  )
  expect(all).toContain('passed all tests')
  expect(exitCode).toBe(0)
})

const kills = full ? 100 : 20

test(`killed at ${kills} random instants, the next stop leaves nothing`, { timeout: 600_000 }, async () => {
  for (let round = 0; round < kills; round++) {
    const action = round % 3 === 2 ? 'stop' : 'start'
    if (action === 'stop') await run('start')
    await run(action, { killAfterMs: Math.random() * 450 })
    expect((await run('monitor')).code).toBeOneOf([0, 7])
    expect((await run('stop')).code).toBe(0)
    await new Promise(resolve => setTimeout(resolve, full ? 300 : 100))
    expect(alive(), `round ${round}: ${action} killed`).toBe(0)
  }
})
