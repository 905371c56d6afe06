import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { leaveRequest, waitingRequests } from '../../lib/ocf/requests.ts'
import { StateFile } from '../../lib/ocf/state-file.ts'
import type { Engine } from '../../scripts/engine/engine.ts'
import { installEnginePackages } from '../../scripts/engine/host-packages.ts'
import { startStockedEngine } from '../../scripts/engine/stocked.ts'
import type { ActionRun } from '../executor.ts'
import type { ClusterState } from '../unit/cluster/crm-mon.ts'
import { type PlayedCluster, playCluster } from './played-cluster.ts'
import { QUICK_IMAGES } from './stack.ts'
import { sleepers, Trial } from './trial.ts'

let engine: Engine
let trial: Trial
let cluster: PlayedCluster

beforeAll(async () => {
  await installEnginePackages()
  engine = await startStockedEngine({ name: `cures-${process.pid}`, version: 'newest' }, QUICK_IMAGES)
})
afterAll(() => engine?.stop())
beforeEach(() => {
  cluster = playCluster()
})
afterEach(async () => {
  cluster.remove()
  await trial.clear()
})

async function started(parameters: Readonly<Record<string, string>> = {}): Promise<void> {
  trial = new Trial(engine, 'v2-newest', sleepers(['one', 'two']), {
    probes: 'one=exec:true two=exec:true',
    local_restart_settle: '1s',
    ...parameters,
  })
  cluster.tell(trial.project, { managed: true })
  const { code, stderr } = await trial.ours('start')
  expect(code, stderr).toBe(0)
}

async function monitor(more: Partial<ActionRun> = {}) {
  const { PATH = '' } = await engine.environment()
  const environment = { PATH: `${cluster.folder}:${PATH}`, ...more.environment }
  return await trial.ours('monitor', { ...more, environment })
}

const crash = async (name: string) => engine.docker(['kill', await trial.container(name)])
const startedAt = (name: string) => trial.inspect(name, '{{.State.StartedAt}}')
const stateOf = (name: string) => trial.inspect(name, '{{.State.Status}}')

describe('one crashed service', () => {
  test('is started again in place: 190 meanwhile, 0 after it, and the others never noticed', async () => {
    await started()
    const one = await startedAt('one')
    await crash('two')
    expect(await monitor()).toMatchObject({
      code: 190,
      reason: expect.stringMatching(/service two exited with code 137.*restart of two in place: step 1 of 2/),
    })
    expect(await stateOf('two')).toBe('running')
    expect(await monitor()).toMatchObject({ code: 0, reason: '' })
    expect(await startedAt('one')).toBe(one)
  })

  test('is restarted as often as local_restarts says, and then a failure that stays one', async () => {
    await started({ local_restarts: '2' })
    for (const step of [1, 2]) {
      await crash('two')
      expect(await monitor()).toMatchObject({
        code: 190,
        reason: expect.stringContaining(`step ${step} of 2`),
      })
      expect((await monitor()).code).toBe(0)
      await sleep(1000)
    }
    await crash('two')
    for (const look of ['first', 'second']) {
      expect(await monitor(), look).toMatchObject({
        code: 1,
        reason: expect.stringContaining('restart of two in place was tried 2 times in 30'),
      })
    }
    expect(await stateOf('two')).toBe('exited')
  })

  test('is not restarted when restarts are switched off', async () => {
    await started({ local_restarts: '0' })
    await crash('two')
    expect((await monitor()).code).toBe(1)
    expect(await stateOf('two')).toBe('exited')
  })

  test('is only told by a probe', async () => {
    await started()
    await crash('two')
    expect((await monitor({ environment: { OCF_RESKEY_CRM_meta_interval: '0' } })).code).toBe(1)
    expect(await stateOf('two')).toBe('exited')
  })

  const hands: readonly [string, ClusterState][] = [
    ['the resource is unmanaged', { managed: false }],
    ['the node is in maintenance', { nodeMaintenance: true }],
    ['the cluster is in maintenance', { clusterMaintenance: true }],
    ['the resource is in maintenance', { resourceMaintenance: true }],
  ]
  test('is left alone while somebody works on it or the cluster says nothing, each with its reason', async () => {
    await started()
    await crash('two')
    for (const [name, state] of hands) {
      cluster.tell(trial.project, state)
      expect(await monitor(), name).toMatchObject({
        code: 1,
        reason: expect.stringMatching(
          /service two exited.*no restart of two in place: .*(maintenance|managed)/,
        ),
      })
    }
    cluster.fail()
    expect(await monitor()).toMatchObject({
      code: 1,
      reason: expect.stringContaining('crm_mon answered 102'),
    })
    expect(await stateOf('two')).toBe('exited')
    cluster.tell(trial.project, { managed: true })
    expect((await monitor()).code).toBe(190)
  })

  test('is left alone where no crm_mon is installed', async () => {
    await started()
    await crash('two')
    // Agents then find no program at all, which is how ocf-tester plays a host without the software.
    expect(await monitor({ environment: { OCF_TESTER_FAIL_HAVE_BINARY: '1' } })).toMatchObject({
      code: 1,
      reason: expect.stringContaining('crm_mon is not installed'),
    })
    expect(await stateOf('two')).toBe('exited')
  })
})

/** So much time passes, as far as the resource's record tells. */
function later(milliseconds: number): void {
  new StateFile('compose-stack', trial.project).update(state => ({
    ...state,
    cures: state.cures.map(({ key, atMs, settlesAtMs }) => ({
      key,
      atMs: atMs - milliseconds,
      settlesAtMs: settlesAtMs - milliseconds,
    })),
  }))
}

test('an optional service that crashes is started again at once and after 1, 2, 5, 15 and 15 minutes', async () => {
  await started({ optional_services: 'two' })
  await crash('two')
  expect(await monitor()).toMatchObject({ code: 190, reason: expect.stringContaining('service two') })
  expect(await stateOf('two')).toBe('running')
  expect((await monitor()).code).toBe(0)
  const slackMs = 30_000
  for (const minutes of [1, 2, 5, 15, 15]) {
    await crash('two')
    later(minutes * 60_000 - slackMs)
    expect((await monitor()).code).toBe(190)
    expect(await stateOf('two'), `before ${minutes} minutes`).toBe('exited')
    later(slackMs)
    expect((await monitor()).code).toBe(190)
    expect(await stateOf('two'), `after ${minutes} minutes`).toBe('running')
  }
})

describe('a request of another agent', () => {
  test('restarts the service it names alone, once', async () => {
    await started()
    const [one, two] = [await startedAt('one'), await startedAt('two')]
    leaveRequest('compose-stack', trial.project, 'two', 'its radio was power-cycled')
    expect(await monitor()).toMatchObject({
      code: 190,
      reason: expect.stringContaining('its radio was power-cycled'),
    })
    const again = await startedAt('two')
    expect(again).not.toBe(two)
    expect((await monitor()).code).toBe(0)
    expect([await startedAt('one'), await startedAt('two')]).toEqual([one, again])
    expect(waitingRequests('compose-stack', trial.project)).toEqual([])
  })

  test('for a service that is not there is told and dropped', async () => {
    await started()
    leaveRequest('compose-stack', trial.project, 'nobody', 'a mistake')
    expect(await monitor()).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('asked to restart nobody, which is no service of this stack'),
    })
    expect(waitingRequests('compose-stack', trial.project)).toEqual([])
  })

  test('waits while the resource is unmanaged', async () => {
    await started()
    const two = await startedAt('two')
    cluster.tell(trial.project, { managed: false })
    leaveRequest('compose-stack', trial.project, 'two', 'its radio was power-cycled')
    await monitor()
    expect(await startedAt('two')).toBe(two)
    cluster.tell(trial.project, { managed: true })
    await monitor()
    expect(await startedAt('two')).not.toBe(two)
  })
})
