import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parameters as defined } from '../../agents/compose-stack/parameters.ts'
import { type NodeBuild, nodeExecutable } from '../../scripts/nodes.ts'
import { type ActionRun, runAction } from '../executor.ts'

const AGENT = join(import.meta.dirname, '../../dist/ocf/haha/compose-stack')
const STATE = '/run/resource-agents/haha'
/** Its own in every run: another clone's run on this machine has the same tests. */
const INSTANCE = `conformance-${process.pid}`

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'haha-conformance-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  for (const name of existsSync(STATE) ? readdirSync(STATE) : []) {
    if (name.startsWith(`compose-stack-${INSTANCE}`)) rmSync(join(STATE, name))
  }
})

/** No engine lives behind this socket. */
function run(action: string, more: Partial<ActionRun> = {}) {
  const parameters = { directory: folder, socket: join(folder, 'docker.sock'), ...more.parameters }
  return runAction(AGENT, { action, instance: INSTANCE, timeoutMs: 20_000, ...more, parameters })
}

describe('exit codes on a node without an engine', () => {
  test('a probe finds nothing', async () => {
    expect(await run('monitor')).toMatchObject({ code: 7, reason: '' })
  })
  test('a recurring monitor finds it cleanly stopped', async () => {
    expect((await run('monitor', { intervalMs: 20_000 })).code).toBe(7)
  })
  test('a stop has nothing to do', async () => {
    expect(await run('stop')).toMatchObject({ code: 0, stderr: '' })
  })
  test('a start fails without 7, 190 or a ban on other nodes, and says what is missing', async () => {
    const { code, reason } = await run('start')
    expect([1, 2, 5]).toContain(code)
    expect(reason).toMatch(/compose|engine/)
  })
  test('notify is always fine, promotion and migration are not there', async () => {
    expect((await run('notify')).code).toBe(0)
    for (const action of [
      'promote',
      'demote',
      'migrate_to',
      'migrate_from',
      'reload',
      'status',
      '',
      'START',
    ]) {
      expect(await run(action), action).toMatchObject({ code: 3 })
    }
  })
  test('a directory that does not exist is this node’s fault in start, and no reason to fail a stop', async () => {
    const parameters = { directory: join(folder, 'absent') }
    expect(await run('start', { parameters })).toMatchObject({
      code: 2,
      reason: expect.stringContaining('does not exist'),
    })
    expect((await run('stop', { parameters })).code).toBe(0)
    expect((await run('monitor', { parameters })).code).toBe(7)
  })
  test('a required mount that is not mounted fails start by name', async () => {
    const { code, reason } = await run('start', { parameters: { required_mount: folder } })
    expect(code).toBe(1)
    expect(reason).toContain(`nothing is mounted on ${folder}`)
  })
  test('without its required parameter start is misconfigured, and nothing else fails', async () => {
    const environment = { OCF_RESKEY_directory: '' }
    expect(await run('start', { environment })).toMatchObject({
      code: 6,
      reason: expect.stringContaining('directory'),
    })
    expect((await run('validate-all', { environment })).code).toBe(6)
    expect((await run('monitor', { environment })).code).toBe(7)
    expect((await run('monitor', { environment, intervalMs: 20_000 })).code).toBe(7)
    expect((await run('stop', { environment })).code).toBe(0)
  })
})

/** Wrong values of each parameter; the definition says which there are. */
const wrong: Readonly<Record<string, readonly string[]>> = {
  directory: ['relative/path', '/a/../b', '/a\nb'],
  files: ['-f', 'a "b'],
  project: ['Upper', '-x', 'a b', '$(id)'],
  env_file: ['-x', 'a\nb'],
  profiles: ['a;b', '$(touch /tmp/haha-pwned)'],
  socket: ['docker.sock', 'tcp://1.2.3.4'],
  required_mount: ['mnt'],
  probes: [
    'web',
    'web=',
    'web=ftp://x',
    'web=http://',
    'web=tcp://127.0.0.1',
    'web=http://127.0.0.1:99999/',
    '=http://x/',
  ],
  probe_timeout: ['5 parsecs', '0', '-1s', '1h'],
  probe_failures: ['0', '101', 'two', '1.5'],
  optional_services: ['a/b', '`id`'],
  one_shots: ['a b;c'],
  unhealthy: ['maybe', 'FAIL'],
  local_restarts: ['-1', '1e3'],
  local_restart_window: ['1s', 'x'],
  local_restart_settle: ['0'],
  local_volumes: ['x'.repeat(513), '"cache'],
  pull: ['always'],
  save_logs: ['perhaps'],
}

describe('a wrong value', () => {
  for (const [name, values] of Object.entries(wrong)) {
    test(`of ${name} is refused by name, on one line, with an example`, async () => {
      for (const value of values) {
        const result = await run('validate-all', { parameters: { [name]: value } })
        expect(result.code, `${name}=${value}`).toBe(6)
        expect(result.reason).toMatch(new RegExp(`^${name}: .*example: `))
        expect(result.reason.length).toBeLessThan(200)
        expect(result.stderr).not.toContain('    at ')
      }
    })
  }

  test('is known here for every parameter there is', () => {
    expect(Object.keys(wrong).sort()).toEqual(defined.map(({ name }) => name).sort())
  })

  test.each(defined.map(({ name }) => name))(
    'of %s with quotes, commands, line breaks or 100 KB is one line of an answer, and nothing is run',
    async name => {
      const mark = join(folder, `pwned-${name}`)
      const hostile = [
        `$(touch ${mark})`,
        `\`touch ${mark}\``,
        `"; touch ${mark}; "`,
        `' || touch ${mark} || '`,
        `1\nocf-exit-reason:forged\ntouch ${mark}`,
        'x'.repeat(100_000),
      ]
      const runs = hostile.flatMap(value => [
        run('validate-all', { parameters: { [name]: value } }),
        run('start', { parameters: { [name]: value }, instance: `${INSTANCE}-${name}`, timeoutMs: 5000 }),
      ])
      for (const [at, { code, reason, stderr, timedOut }] of (await Promise.all(runs)).entries()) {
        const value = hostile[Math.floor(at / 2)]?.slice(0, 30)
        // Some are strange and right: a start then fails for want of such a file, or of an engine.
        expect({ timedOut, sane: [0, 6, 1, 2, 5].includes(code) }, value).toEqual({
          timedOut: false,
          sane: true,
        })
        expect(reason.length, value).toBeLessThan(200)
        expect(stderr.match(/^ocf-exit-reason:.*$/gm) ?? [], value).toHaveLength(code === 0 ? 0 : 1)
        if (code === 6) expect(reason).toMatch(new RegExp(`^${name}: .*example: ${name}=`))
        if (at >= runs.length - 2) expect(code, '100 KB').toBe(6)
      }
      expect(existsSync(mark)).toBe(false)
    },
  )

  test('under a running resource stops no house: monitor and stop use what they can', async () => {
    for (const [name, values] of Object.entries(wrong)) {
      const parameters = { [name]: values[0] ?? '' }
      expect((await run('monitor', { parameters, intervalMs: 20_000 })).code, name).toBe(7)
      expect((await run('stop', { parameters })).code, name).toBe(0)
    }
  })

  test('that contradicts another one is refused', async () => {
    const parameters = { one_shots: 'migrate', optional_services: 'migrate' }
    expect(await run('validate-all', { parameters })).toMatchObject({
      code: 6,
      reason: expect.stringContaining('migrate'),
    })
  })

  test('of a name that is no parameter is told as a warning', async () => {
    const { code, stderr } = await run('validate-all', { parameters: { probe_failure: '3' } })
    expect(code).toBe(0)
    expect(stderr).toMatch(/^WARNING: parameter probe_failure is unknown/m)
  })
})

describe('the state file', () => {
  const file = `${STATE}/compose-stack-${INSTANCE}.json`

  test.each([
    ['half-written', '{"version":1,"agent":"compose-stack","inst'],
    ['of a stranger', '{"version":1,"agent":"dummy","instance":"INSTANCE"}'],
    ['of a later release', '{"version":7,"agent":"compose-stack","instance":"INSTANCE","active":true}'],
    ['binary', '\0\u0001\u0002'],
  ])('%s counts as absent, and that is said', async (_, text) => {
    await run('stop')
    writeFileSync(file, text.replace('INSTANCE', INSTANCE))
    const { code, stderr } = await run('monitor')
    expect(code).toBe(7)
    expect(stderr).toMatch(/WARNING: state file .* taken as absent/)
    rmSync(file)
  })
})

const builds: readonly NodeBuild[] = ['official-18', 'official-20', 'debian-12', 'debian-13']

describe.each(builds)('on node %s', build => {
  test('the bundle answers meta-data, validates, probes and stops', async () => {
    const node = await nodeExecutable(build)
    const metadata = await run('meta-data', { node })
    expect(metadata).toMatchObject({ code: 0, stderr: '' })
    expect(metadata.stdout).toMatch(/^<\?xml version="1.0"\?>[\s\S]*<\/resource-agent>\s*$/)
    expect((await run('validate-all', { node })).code).toBe(0)
    expect((await run('monitor', { node })).code).toBe(7)
    expect((await run('stop', { node })).code).toBe(0)
    expect((await run('validate-all', { node, parameters: { probes: 'x' } })).code).toBe(6)
  })
})

test('meta-data needs neither environment nor rights', async () => {
  const { execa } = await import('execa')
  const { stdout, exitCode } = await execa(
    'setpriv',
    ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, AGENT, 'meta-data'],
    {
      extendEnv: false,
      env: {},
      cwd: '/',
    },
  )
  expect(exitCode).toBe(0)
  expect(stdout).toContain('<resource-agent name="compose-stack"')
})
