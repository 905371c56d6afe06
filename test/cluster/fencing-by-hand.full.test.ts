import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../peers/eventually.ts'
import { askDoctor } from './doctor-report.ts'
import { StackCluster } from './stack-cluster.ts'

/**
 * The cluster goes on only when the fencing that is under way has failed: its time limit of 60 s and a fifth, on
 * each of two nodes that may use the plug. Then the stack is started.
 */
const PATIENCE_MS = 2 * 72_000 + 60_000

let stack: StackCluster

beforeAll(async () => {
  stack = await StackCluster.up({ name: 'by-hand' })
})
afterAll(() => stack?.down())

test('a node loses its power and its plug: nothing moves until somebody confirms it, and then all of it', async () => {
  const { active, standby } = await stack.settled()
  const history = () => stack.run('n3', `stonith_admin --history ${active} --verbose`)
  await stack.cluster.power(active).misbehave({ kind: 'refuse' })
  await stack.cluster.crash(active)
  await stack.until(
    'its fencing has failed',
    async () => new RegExp(`^reboot of ${active} failed`, 'm').test(await history()),
    PATIENCE_MS,
  )
  expect((await stack.cluster.state('n3')).nodes).toContainEqual(
    expect.objectContaining({ name: active, online: false, unclean: true }),
  )
  expect(stack.running()).toEqual([])

  const confirmedMs = Date.now()
  await stack.run('n3', `stonith_admin --confirm ${active}`)
  await stack.until('the stack runs elsewhere', async () => (await stack.ask('app')) === standby, PATIENCE_MS)
  console.log(
    `  confirmed by hand: the stack runs elsewhere ${((Date.now() - confirmedMs) / 1000).toFixed(1)} s later`,
  )
  expect(await history()).toMatch(new RegExp(`^turning off of ${active} successful: delegate=a human`, 'm'))
  expect(await stack.fenced()).toEqual([])

  for (const node of [standby, 'n3'] as const) {
    const { findings } = await askDoctor(stack.cluster, node)
    expect(findings).toContain(`critical stonith-untested: the last fencing of ${active} failed`)
    expect(findings).toContainEqual(
      expect.stringMatching(/^warning stonith-untested: no other node has been fenced/),
    )
  }

  await stack.cluster.power(active).misbehave({ kind: 'none' })
  await stack.cluster.boot(active)
  expect((await stack.settled()).active).toBe(standby)
  // A fencer that has just come back hears of earlier fencings from its peers a while after it is in the cluster.
  await eventually(async () => {
    const { findings } = await askDoctor(stack.cluster, active)
    expect(findings).toContainEqual(expect.stringMatching(/ stonith-untested: no other node has been fenced/))
  })
  stack.expectNeverTwice()
}, 900_000)
