import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { askDoctor } from './doctor-report.ts'
import { StackCluster } from './stack-cluster.ts'
import { REQUIRED } from './stack-files.ts'

let stack: StackCluster

beforeAll(async () => {
  stack = await StackCluster.up({ name: 'pacemaker-3', suite: 'trixie' })
})
afterAll(() => stack?.down())
beforeEach(() => stack.mark())
afterEach(async () => {
  stack.expectNeverTwice()
  await stack.restore()
})

test('is Pacemaker 3', async () => {
  expect(await stack.run('n1', 'pacemakerd --version')).toMatch(/Pacemaker 3\./)
})

test('moves the stack from a node on standby', async () => {
  const { active, standby } = await stack.settled()
  await stack.run('n1', `crm node standby ${active}`)
  await stack.until('the stack has left', state =>
    state.resources.some(({ id, nodes }) => id === 'p_stack' && nodes.join() === standby),
  )
  expect(await stack.fenced()).toEqual([])
})

test('recovers an application that died in its Up container', async () => {
  const { active } = await stack.settled()
  await stack.misbehave(active, REQUIRED.app, 'die')
  await stack.until('the failure is told', state => state.failures.some(line => line.includes('service app')))
  await stack.settled()
  expect(await stack.fenced()).toEqual([])
})

test('refreshes the stack while the dockerd of the standby hangs, and nothing moves', async () => {
  const before = await stack.settled()
  await stack.run(before.standby, 'kill -STOP $(pidof dockerd)')
  await stack.run('n1', 'crm_resource --refresh --resource p_stack')
  expect(await stack.settled()).toEqual(before)
  expect(await stack.fenced()).toEqual([])
})

test('fences a node that lost its power, and the stack runs elsewhere', async () => {
  const { active, standby } = await stack.settled()
  await stack.cluster.crash(active)
  expect((await stack.settled()).active).toBe(standby)
  expect(await stack.fenced()).toEqual([active])
})

if (process.env.HAHA_FULL === '1') {
  test.each(['move', 'cut-power'])('haha-drill %s is done, measured and taken back', async kind => {
    const { active, standby } = await stack.settled()
    const command = `haha-drill --yes --json /root/drill.json ${kind}`
    expect(await stack.run('n3', command, 400_000)).toMatch(/^every service answered again$/m)
    const record: unknown = JSON.parse(await stack.run('n3', 'cat /root/drill.json'))
    expect(record).toMatchObject({ kind, ok: true, node: active, failures: [] })
    expect(record).toMatchObject({ figuresSeconds: { takeOver: expect.any(Number) } })
    expect((await stack.settled()).active).toBe(standby)
    expect(await stack.fenced()).toEqual(kind === 'move' ? [] : [active])
  })

  test('haha-doctor reads everything there is, on every node', async () => {
    for (const node of stack.cluster.nodes) {
      const { exitCode, gaps } = await askDoctor(stack.cluster, node)
      expect({ node, gaps }).toEqual({ node, gaps: [] })
      expect(exitCode).toBeOneOf([0, 1])
    }
  })
}

test('fences a node whose network is cut', async () => {
  const { active, standby } = await stack.settled()
  await stack.cluster.cut(active)
  await stack.until(
    'the stack runs on the other worker',
    async () => stack.running().some(one => one.node === standby),
    60_000,
  )
  await stack.cluster.uncut(active)
  expect((await stack.settled()).active).toBe(standby)
  expect(await stack.fenced()).toEqual([active])
})
