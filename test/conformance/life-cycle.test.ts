import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import type { ActionRun } from '../executor.ts'
import { crmMonXml } from '../unit/cluster/crm-mon.ts'
import { builtRecording, type Recording, recurring } from './recording.ts'

const { bundle, make } = builtRecording()

async function started(): Promise<Recording> {
  const one = make()
  expect(await one.act('start')).toMatchObject({ code: 0, stderr: '' })
  return one
}

/** A program of that name, first in PATH. */
function program(one: Recording, name: string, script: string): Readonly<Record<string, string>> {
  const tools = mkdtempSync(join(one.folder, 'tools-'))
  writeFileSync(join(tools, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  writeFileSync(join(tools, 'attrd_updater'), '#!/bin/sh\nexit 0\n', { mode: 0o755 })
  return { PATH: `${tools}:${process.env.PATH}` }
}

describe.concurrent('start', () => {
  test('of a degraded service is a success, never 190', async () => {
    const one = make()
    one.set('degraded')
    expect((await one.act('start')).code).toBe(0)
  })

  test('waits for what is starting, and fails with its reason at the deadline', async () => {
    const one = make()
    one.set('starting')
    const late = await one.act('start', { timeoutMs: 3000 })
    expect(late).toMatchObject({ code: 1, timedOut: false, reason: expect.stringContaining('it warms up') })
    setTimeout(() => one.unset('starting'), 1000)
    expect((await one.act('start', { timeoutMs: 15_000 })).code).toBe(0)
    expect(one.running().length).toBe(1)
  })

  test('is never 7 when it cannot be seen what is there', async () => {
    const one = make()
    one.set('unknown')
    const reason = expect.stringContaining('nobody can tell')
    expect(await one.act('start', { timeoutMs: 4000 })).toMatchObject({ code: 1, reason })
  })

  test('close to its timeout says what to configure', async () => {
    const one = make()
    one.set('starting')
    setTimeout(() => one.unset('starting'), 5900)
    const { code, stderr } = await one.act('start', { timeoutMs: 8000 })
    expect(code).toBe(0)
    expect(stderr).toMatch(/WARNING: start took \d.* of its 8s timeout; configure op start timeout=20s/)
  })
})

describe.concurrent('monitor', () => {
  /** state, as probe, as recurring monitor under Pacemaker, as seen by a caller that knows no 190 */
  test.each([
    ['up', 0, 0, 0],
    ['degraded', 0, 190, 0],
    ['failed', 1, 1, 1],
    ['unknown', 1, 1, 1],
    ['throw', 1, 1, 1],
  ])('of a service that is %s answers a probe %i, Pacemaker %i and others %i', async (state, ...codes) => {
    const one = await started()
    one.set(state)
    const stranger = { ...recurring, environment: { OCF_RESKEY_crm_feature_set: '' } }
    const answers = [await one.act('monitor'), await one.act('monitor', recurring)]
    answers.push(await one.act('monitor', stranger))
    expect(answers.map(({ code }) => code)).toEqual(codes)
  })

  test('tolerates what is starting no longer than the timeout of start', async () => {
    const one = make()
    expect((await one.act('start', { timeoutMs: 4000 })).code).toBe(0)
    one.set('starting')
    expect((await one.act('monitor', recurring)).code).toBe(0)
    await sleep(4000)
    expect(await one.act('monitor', recurring)).toMatchObject({ code: 1, reason: 'it warms up' })
  })

  test('that is healthy says nothing and leaves the state file as it is', async () => {
    const one = await started()
    const before = readFileSync(one.state.path, 'utf8')
    expect(await one.act('monitor', recurring)).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(readFileSync(one.state.path, 'utf8')).toBe(before)
  })

  test('tells a degraded reason when it comes and when it goes, not in between', async () => {
    const one = await started()
    const told = async () => (await one.act('monitor', recurring)).stderr
    one.set('degraded')
    expect(await told()).toContain('WARNING: degraded: one of its two legs is gone')
    expect(await told()).not.toContain('WARNING')
    one.unset('degraded')
    expect(await told()).toContain('INFO: no longer degraded: one of its two legs is gone')
  })
})

test('a stop is never 0 when it cannot be seen what is left', async () => {
  const one = await started()
  await one.act('reload-agent', { parameters: { weight: '0' } })
  const reason = expect.stringContaining('nobody can tell')
  expect(await one.act('stop', { timeoutMs: 4000 })).toMatchObject({ code: 1, timedOut: false, reason })
  await one.act('reload-agent')
  expect((await one.act('stop')).code).toBe(0)
})

describe.concurrent('cures', () => {
  const cluster = (one: Recording, managed: boolean, clusterMaintenance = false): Partial<ActionRun> => {
    const answer = `cat <<'XML'\n${crmMonXml({ managed, clusterMaintenance }, one.instance)}\nXML`
    return { ...recurring, environment: program(one, 'crm_mon', answer) }
  }

  test('are 190 while they settle, are counted, and then the failure counts', async () => {
    const one = await started()
    const managed = { ...cluster(one, true), parameters: { patience: '500ms' } }
    one.set('curable')
    const codes: number[] = []
    for (let step = 0; step < 4; step++) {
      codes.push((await one.act('monitor', managed)).code)
      await sleep(700)
    }
    expect(codes).toEqual([190, 190, 1, 1])
    one.unset('curable')
    expect((await one.act('monitor', managed)).code).toBe(0)
    one.set('curable')
    const reason = expect.stringContaining('tried 2 times')
    expect(await one.act('monitor', managed)).toMatchObject({ code: 1, reason })
  })

  test('never run in a probe, for an unmanaged resource, in maintenance, or when nobody can tell', async () => {
    const one = await started()
    one.set('curable')
    const { environment = {} } = cluster(one, true)
    expect(await one.act('monitor', { environment })).toMatchObject({ code: 1, reason: 'it snores' })
    const cases: readonly [Partial<ActionRun>, string][] = [
      [cluster(one, false), 'unmanaged'],
      [cluster(one, true, true), 'maintenance'],
      [{ ...recurring, environment: program(one, 'crm_mon', 'exit 102') }, 'crm_mon answered 102'],
    ]
    for (const [more, because] of cases) {
      const reason = expect.stringContaining(because)
      expect(await one.act('monitor', more)).toMatchObject({ code: 1, reason })
    }
    expect(one.state.read().cures).toEqual([])
  })
})

test('the log goes to HA_LOGFILE, every line with agent, instance and level', async () => {
  const one = await started()
  const logFile = join(one.folder, 'log')
  one.set('failed')
  await one.act('monitor', { ...recurring, environment: { HA_LOGFILE: logFile } })
  expect(readFileSync(logFile, 'utf8')).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d recording\(p_\S+\)\[\d+\]: ERROR: it answers wrongly in two lines$/m,
  )
})

test('syslog gets at most one logger process, whatever is said', async () => {
  const one = await started()
  const record = join(one.folder, 'record')
  const logger = program(one, 'logger', `echo started >> ${record}\ncat >> ${record}`)
  const environment = { ...logger, HA_LOGFACILITY: 'daemon' }
  await one.act('monitor', { ...recurring, environment })
  expect(existsSync(record)).toBe(false)
  await one.act('validate-all', { environment, parameters: { one: '1', two: '2' } })
  const text = readFileSync(record, 'utf8')
  expect(text.match(/^started$/gm)).toHaveLength(1)
  expect(text.match(/^<4>parameter (one|two) is unknown/gm)).toHaveLength(2)
})

test('two instances run side by side', async () => {
  const [one, other] = await Promise.all([started(), started()])
  expect((await one.act('stop')).code).toBe(0)
  expect((await other.act('monitor', recurring)).code).toBe(0)
  expect((await other.act('stop')).code).toBe(0)
})

test('two instances whose names differ only in a letter that is not ASCII do not share their state', async () => {
  const one = await started()
  const [kitchen, chips] = [`k\u00fcche-${one.instance}`, `k\u00e4che-${one.instance}`]
  const folder = mkdtempSync(join(one.folder, 'other-'))
  const as = (instance: string, action: string) =>
    one.act(action, { environment: { OCF_RESOURCE_INSTANCE: instance }, parameters: { directory: folder } })
  expect((await as(kitchen, 'start')).code).toBe(0)
  expect((await as(chips, 'monitor')).code).toBe(7)
  expect((await as(chips, 'stop')).code).toBe(0)
  expect((await as(kitchen, 'monitor')).code).toBe(0)
  expect((await as(kitchen, 'stop')).code).toBe(0)
})

test('a missing program is exit code 5, by name and package', async () => {
  expect(await make().act('start', { environment: { OCF_TESTER_FAIL_HAVE_BINARY: '1' } })).toMatchObject({
    code: 5,
    reason: 'sleep is not installed on this node: apt install coreutils',
  })
})

test('ocf-tester passes it', async () => {
  const one = make()
  const args = ['-n', one.instance, '-o', `directory=${one.folder}`, bundle()]
  const { exitCode, all } = await execa('ocf-tester', args, { all: true, reject: false })
  expect(all).toContain('passed all tests')
  expect(exitCode).toBe(0)
})
