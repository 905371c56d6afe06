import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { StackCluster } from './stack-cluster.ts'

let stack: StackCluster

beforeAll(async () => {
  // A fence of n1 waits 5 s, so that of two nodes that lost each other n1 shoots first.
  stack = await StackCluster.up({ name: 'two-nodes', nodes: 2 }, { n1: '5s', n2: '0s' })
})
afterAll(() => stack?.down())

test('two nodes that lose each other: one is fenced, not both, and the other has the stack', async () => {
  await stack.mark()
  await stack.settled()
  const cutMs = Date.now()
  await stack.cluster.cut('n2')
  const end = Date.now() + 60_000
  while ((await stack.fenced()).length === 0 && Date.now() < end) await pause(200)
  await stack.cluster.uncut('n2')
  expect((await stack.settled()).active).toBe('n1')
  expect(await stack.fenced()).toEqual(['n2'])
  const died = (await stack.cluster.power('n1').log()).filter(
    event => event.node === 'n1' && event.atMs > cutMs && event.what !== 'on' && event.what !== 'booted',
  )
  expect(died).toEqual([])
  stack.expectNeverTwice()
})
