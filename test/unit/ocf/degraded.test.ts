import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Agent, Cure, DegradedReason } from '../../../lib/ocf/agent.ts'
import { startDeadline } from '../../../lib/ocf/deadline.ts'
import { readInvocation } from '../../../lib/ocf/invocation.ts'
import { begin } from '../../../lib/ocf/life-cycle.ts'
import { agent as idle } from '../metadata/sample-agent.ts'
import { nameOf, ownInstances, testAgent } from './instance.ts'
import { keptReport } from './reports.ts'

const instance = ownInstances()
const path = process.env.PATH
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haha-degraded-'))
  process.env.PATH = `${folder}:${path}`
  const updater = join(folder, 'attrd_updater')
  writeFileSync(updater, `#!/bin/sh\necho "$*" >> ${folder}/told\n`)
  chmodSync(updater, 0o755)
})
afterEach(() => {
  process.env.PATH = path
  rmSync(folder, { recursive: true })
})

/** What the attribute daemon has been told since the last question, an attribute's key and value each. */
function told(name: string): string[] {
  const calls = join(folder, 'told')
  const lines = existsSync(calls) ? readFileSync(calls, 'utf8').trimEnd().split('\n') : []
  rmSync(calls, { force: true })
  return lines.map(line => line.replace(`--private --name haha-${name}-`, '').replace(' --update', ':'))
}

/** Recurring monitors under Pacemaker of one instance that is degraded as each of them is told. */
function monitored() {
  const { report, lines } = keptReport()
  const name = nameOf(instance())
  const definition = { ...idle.definition, name: testAgent }
  const invocation = readInvocation(definition, 'monitor', {
    OCF_RESOURCE_INSTANCE: name,
    OCF_RESKEY_crm_feature_set: '3.16.2',
    OCF_RESKEY_CRM_meta_on_node: 'n1',
    OCF_RESKEY_CRM_meta_interval: '10000',
  })
  const monitor = (faults: readonly DegradedReason[], cure?: Cure) => {
    const agent: Agent<undefined> = {
      ...idle,
      definition,
      look: async () =>
        faults.length === 0
          ? { state: 'running' }
          : { state: 'degraded', faults, ...(cure === undefined ? {} : { cure }) },
    }
    return begin('monitor', agent, invocation, startDeadline('monitor', 20_000, 0), report).outcome
  }
  const stop = () => {
    const agent = { ...idle, definition }
    return begin('stop', agent, invocation, startDeadline('stop', 20_000, 0), report).outcome
  }
  return { monitor, stop, lines, told: () => told(name) }
}

describe('a degraded reason', () => {
  test('is in its attribute as it reads now, also when its text alone changes, and in the log once', async () => {
    const { monitor, told, lines } = monitored()
    await monitor([{ key: 'legs', reason: 'one of three legs is gone' }])
    expect(told()).toEqual(['legs: one of three legs is gone'])
    await monitor([{ key: 'legs', reason: 'two of three legs are gone' }])
    expect(told()).toEqual(['legs: two of three legs are gone'])
    await monitor([{ key: 'legs', reason: 'two of three legs are gone' }])
    expect(told()).toEqual([])
    await monitor([])
    expect(told()).toEqual(['legs:'])
    expect(lines).toEqual([
      'warn: degraded: one of three legs is gone',
      'info: no longer degraded: two of three legs are gone',
    ])
  })

  test('leaves the others alone when it changes', async () => {
    const { monitor, told } = monitored()
    const disk = { key: 'disk', reason: 'the disk is nearly full' }
    await monitor([{ key: 'legs', reason: 'one is gone' }, disk])
    expect(told()).toHaveLength(2)
    await monitor([{ key: 'legs', reason: 'two are gone' }, disk])
    expect(told()).toEqual(['legs: two are gone'])
  })
})

test('a stop empties the attributes of what was told, without a word', async () => {
  const { monitor, stop, told, lines } = monitored()
  await monitor([{ key: 'legs', reason: 'one is gone' }])
  const said = lines.length
  told()
  expect(await stop()).toEqual({ code: 0 })
  expect(told()).toEqual(['legs:'])
  expect(lines.slice(said)).toEqual([])
})

test('a cure that is refused or fails is told with the degraded reason it was for', async () => {
  const { monitor } = monitored()
  const cure: Cure = {
    key: 'leg',
    purpose: 'new leg',
    limit: 1,
    windowMs: 600_000,
    settleMs: 0,
    step: () => Promise.reject(new Error('no wood')),
  }
  writeFileSync(join(folder, 'crm_mon'), '#!/bin/sh\nexit 102\n', { mode: 0o755 })
  const faults = [{ key: 'legs', reason: 'one of three legs is gone' }]
  const { code, reason } = await monitor(faults, cure)
  expect(code).toBe(190)
  expect(reason).toMatch(/^one of three legs is gone; no new leg: /)
  expect(await monitor(faults, { ...cure, limit: 0 })).toEqual({ code: 190, reason: faults[0]?.reason })
})
