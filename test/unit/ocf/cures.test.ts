import { mkdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Cure } from '../../../lib/ocf/agent.ts'
import { attemptCure } from '../../../lib/ocf/cures.ts'
import { type Invocation, readInvocation } from '../../../lib/ocf/invocation.ts'
import type { StateFile } from '../../../lib/ocf/state-file.ts'
import { playedCrmMon } from '../cluster/crm-mon.ts'
import { sample } from '../metadata/sample-agent/definition.ts'
import { ownInstances } from './instance.ts'
import { keptReport } from './reports.ts'

const instance = ownInstances()
const crmMon = playedCrmMon()

function invocation(action: string, more: Readonly<Record<string, string>> = {}): Invocation {
  return readInvocation(sample, action, {
    OCF_RESOURCE_INSTANCE: 'p_stack',
    OCF_RESKEY_crm_feature_set: '3.16.2',
    OCF_RESKEY_CRM_meta_on_node: 'n1',
    OCF_RESKEY_CRM_meta_interval: '10000',
    ...more,
  })
}

/** A cure that counts its steps, settles at once and may be taken twice in ten minutes. */
function counted(more: Partial<Cure> = {}) {
  const taken: number[] = []
  const cure: Cure = {
    key: 'service_a',
    purpose: 'restart service a',
    limit: 2,
    windowMs: 600_000,
    settleMs: 0,
    step: async () => void taken.push(1),
    ...more,
  }
  const { report, lines } = keptReport()
  return {
    taken,
    lines,
    attempt: (file: StateFile, by = invocation('monitor')) => attemptCure(cure, by, file, report),
  }
}

/** Moves what is on record into the past, as if so much time had gone by. */
function later(file: StateFile, ms: number): void {
  file.update(state => ({
    ...state,
    cures: state.cures.map(cure => ({
      ...cure,
      atMs: cure.atMs - ms,
      settlesAtMs: cure.settlesAtMs - ms,
    })),
  }))
}

describe('in a recurring monitor of a managed resource', () => {
  test('a step is on record before it begins', async () => {
    crmMon.say({})
    const file = instance()
    let before = 0
    const { attempt, lines } = counted({
      step: async () => {
        before = file.read().cures.length
      },
    })
    expect(await attempt(file)).toEqual({ settling: true, reason: 'restart service a: step 1 of 2 taken' })
    expect(before).toBe(1)
    expect(lines).toEqual(['warn: restart service a: step 1 of 2 in 10min'])
  })

  test('the limit holds, and the answer says that it is used up', async () => {
    crmMon.say({})
    const [file, { attempt, taken }] = [instance(), counted()]
    for (let monitor = 0; monitor < 5; monitor++) await attempt(file)
    expect(taken.length).toBe(2)
    expect(await attempt(file)).toEqual({
      settling: false,
      note: 'restart service a was tried 2 times in 10min',
    })
  })

  test('only time gives steps back, one by one', async () => {
    crmMon.say({})
    const [file, { attempt, taken }] = [instance(), counted()]
    await attempt(file)
    later(file, 400_000)
    await attempt(file)
    later(file, 150_000)
    expect((await attempt(file)).settling).toBe(false)
    later(file, 50_001)
    expect((await attempt(file)).settling).toBe(true)
    expect((await attempt(file)).settling).toBe(false)
    expect(taken.length).toBe(3)
  })

  test('nothing is done while the last step may still show its effect', async () => {
    crmMon.say({})
    const [file, { attempt, taken }] = [instance(), counted({ settleMs: 60_000 })]
    await attempt(file)
    later(file, 59_000)
    expect(await attempt(file)).toEqual({
      settling: true,
      reason: 'restart service a: step 1 of 2, waiting for its effect',
    })
    later(file, 1001)
    await attempt(file)
    expect(taken.length).toBe(2)
  })

  test('a list of settle times is a back-off whose last one stays', async () => {
    crmMon.say({})
    const [file, { attempt }] = [instance(), counted({ limit: 9, settleMs: [0, 1000, 5000] })]
    const settles: number[] = []
    for (let monitor = 0; monitor < 4; monitor++) {
      await attempt(file)
      const last = file.read().cures.at(-1)
      settles.push((last?.settlesAtMs ?? 0) - (last?.atMs ?? 0))
      later(file, 5001)
    }
    expect(settles).toEqual([0, 1000, 5000, 5000])
  })

  test('a step that fails is used up, and says why', async () => {
    crmMon.say({})
    const file = instance()
    const { attempt } = counted({ limit: 1, step: () => Promise.reject(new Error('engine is gone')) })
    expect(await attempt(file)).toEqual({ settling: false, note: 'restart service a failed: engine is gone' })
    expect((await attempt(file)).settling).toBe(false)
  })

  test('each cure is counted by its own key', async () => {
    crmMon.say({})
    const [file, a, b] = [instance(), counted({ limit: 1 }), counted({ limit: 1, key: 'service_b' })]
    await a.attempt(file)
    expect((await b.attempt(file)).settling).toBe(true)
    expect([a.taken.length, b.taken.length]).toEqual([1, 1])
  })

  test('a limit of 0 is no cure, without a word', async () => {
    crmMon.say({})
    const { attempt, taken } = counted({ limit: 0 })
    expect(await attempt(instance())).toEqual({ settling: false, note: '' })
    expect(taken).toEqual([])
  })
})

describe('nothing is touched, nothing is used up', () => {
  test.each([
    ['by a probe', invocation('monitor', { OCF_RESKEY_CRM_meta_interval: '0' }), ''],
    ['by a start', invocation('start'), ''],
    ['by a stop', invocation('stop'), ''],
    [
      'outside Pacemaker',
      invocation('monitor', { OCF_RESKEY_crm_feature_set: '' }),
      'no restart service a: not run by Pacemaker',
    ],
  ])('%s', async (_, by, note) => {
    crmMon.say({})
    const [file, { attempt, taken }] = [instance(), counted()]
    expect(await attempt(file, by)).toEqual({ settling: false, note })
    expect(taken).toEqual([])
    expect(file.read().cures).toEqual([])
  })

  test.each([
    [{ clusterMaintenance: true }, 'the cluster is in maintenance mode'],
    [{ nodeMaintenance: true }, 'node n1 is in maintenance'],
    [{ managed: false }, 'the resource is unmanaged'],
  ])('while %j', async (state, because) => {
    crmMon.say(state)
    const [file, { attempt, taken }] = [instance(), counted()]
    expect(await attempt(file)).toEqual({ settling: false, note: `no restart service a: ${because}` })
    expect(taken).toEqual([])
    expect(file.read().cures).toEqual([])
  })

  test('when it cannot be recorded, because /run is full', async () => {
    crmMon.say({})
    const [file, { attempt, taken }] = [instance(), counted()]
    mkdirSync(`${file.path}/in-the-way`, { recursive: true })
    expect(await attempt(file)).toEqual({
      settling: false,
      note: expect.stringMatching(/^no restart service a: it cannot be recorded: cannot write \S+ \(EISDIR/),
    })
    expect(taken).toEqual([])
  })

  test('when the cluster cannot tell', async () => {
    crmMon.play('exit 102')
    const { attempt, taken } = counted()
    expect((await attempt(instance())).settling).toBe(false)
    expect(taken).toEqual([])
  })
})
