import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../peers/eventually.ts'
import { freezeDisk } from './frozen-disk.ts'
import { randomFaultTests } from './random-faults.ts'
import { StackCluster } from './stack-cluster.ts'
import { DIRECTORY, MONITOR_SECONDS, OPTIONAL, REQUIRED } from './stack-files.ts'

let stack: StackCluster

beforeAll(async () => {
  stack = await StackCluster.up({ name: 'failures' })
})
afterAll(() => stack?.down())
beforeEach(() => stack.mark())
afterEach(async () => {
  stack.expectNeverTwice()
  await stack.restore()
})

const containerOf = async (node: 'n1' | 'n2' | 'n3', service: string): Promise<string> =>
  (await stack.run(node, `docker ps -aq --no-trunc -f label=com.docker.compose.service=${service}`)).trim()

describe('a service', () => {
  test('whose process dies in its Up container is noticed within the interval and 2 s, and restarted in place', async () => {
    const { active, containers } = await stack.settled()
    const app = await containerOf(active, 'app')
    const diedMs = Date.now()
    await stack.misbehave(active, REQUIRED.app, 'die')
    expect(await stack.run(active, `docker inspect -f '{{.State.Status}}' ${app}`)).toBe('running')
    let reason = ''
    await stack.until('the failure is told', state => {
      reason = state.failures.find(line => line.includes('p_stack')) ?? ''
      return reason !== ''
    })
    const noticedMs = Date.now() - diedMs
    expect(reason).toMatch(/service app is up but http.*: step 1 of 2/)
    expect(noticedMs).toBeLessThan(MONITOR_SECONDS * 1000 + 2000)
    const after = await stack.settled()
    expect(after).toMatchObject({ active, containers })
    expect(await stack.fenced()).toEqual([])
  })

  test('that is optional and hangs degrades the stack, with its reason as a node attribute, and moves nothing', async () => {
    const before = await stack.settled()
    const extra = await containerOf(before.active, 'extra')
    await stack.misbehave(before.active, OPTIONAL.extra, 'hang')
    const attribute = `attrd_updater -Q -N ${before.active} -n haha-p_stack-service_extra`
    const end = Date.now() + 60_000
    let told = ''
    while (!told.includes('extra') && Date.now() < end) {
      await pause(500)
      told = (await stack.cluster.exec(before.active, ['sh', '-c', attribute])).stdout
    }
    expect(told).toMatch(/value="service extra is up but .*\(optional\)/)
    // The hung one itself may be between two lives: it is restarted in place.
    const required = before.containers.filter(one => one !== extra)
    expect(stack.running().map(one => one.container)).toEqual(expect.arrayContaining(required))
    expect(await stack.ask('app')).toBe(before.active)
    // Between two lives it hears nothing.
    await eventually(() => stack.misbehave(before.active, OPTIONAL.extra, 'ok'))
    expect(await stack.fenced()).toEqual([])
  })
})

describe('the dockerd of the active node', () => {
  test('is killed: the stack answers again, and nobody is fenced', async () => {
    const { active } = await stack.settled()
    await stack.run(active, 'kill -KILL $(pidof dockerd)')
    await pause(MONITOR_SECONDS * 2000)
    await stack.settled()
    expect(await stack.fenced()).toEqual([])
  })

  test('hangs: the stack is stopped without it and runs elsewhere, and nobody is fenced', async () => {
    const { active, standby } = await stack.settled()
    await stack.run(active, 'kill -STOP $(pidof dockerd)')
    await stack.until(
      'the stack runs on the other worker',
      state => state.resources.some(({ id, nodes }) => id === 'p_stack' && nodes.join() === standby),
      120_000,
    )
    expect(stack.running().filter(one => one.node === active)).toEqual([])
    await eventually(async () => expect(await stack.ask('app')).toBe(standby))
    expect(await stack.fenced()).toEqual([])
  })

  test('hangs while a container sleeps uninterruptibly on a frozen filesystem: the node is fenced', async () => {
    const { active, standby } = await stack.settled()
    const app = await containerOf(active, 'app')
    const group = await stack.run(active, `cat /proc/$(docker inspect -f '{{.State.Pid}}' ${app})/cgroup`)
    const path = /^0::(.*)$/m.exec(group)?.[1] ?? ''
    const pid1 = stack.cluster.pid1(active)
    if (pid1 === undefined) throw new Error(`${active} is down`)
    const disk = await freezeDisk()
    try {
      await disk.trap(`${stack.cluster.cgroup(active)}${path}`, pid1)
      await stack.run(active, 'kill -STOP $(pidof dockerd)')
      const end = Date.now() + 150_000
      while ((await stack.fenced()).length === 0 && Date.now() < end) await pause(300)
      expect(await stack.fenced()).toEqual([active])
      await disk.thaw()
      await stack.until(
        'the stack runs on the other worker',
        state => state.resources.some(({ id, nodes }) => id === 'p_stack' && nodes.join() === standby),
        60_000,
      )
    } finally {
      await disk.remove()
    }
  })
})

describe('the power of the active node', () => {
  test('is cut: the stack runs elsewhere, and the node comes back without it', async () => {
    const { active, standby } = await stack.settled()
    await stack.cluster.crash(active)
    const after = await stack.settled()
    expect(after).toMatchObject({ active: standby, standby: active })
    expect(await stack.fenced()).toEqual([active])
    const backMs = Date.now()
    await pause(5000)
    expect(stack.ranOn(active, backMs)).toBe(false)
  })

  test('is cut after somebody ran `docker compose up -d` by hand: its dockerd brings nothing up', async () => {
    const { active, standby } = await stack.settled()
    await stack.run(active, `cd ${DIRECTORY} && docker compose up -d --force-recreate`, 60_000)
    const policies = "docker inspect -f '{{.HostConfig.RestartPolicy.Name}}' $(docker ps -q)"
    await eventually(async () => expect(await stack.run(active, policies)).toBe('no\nno\nno'))
    const cutMs = Date.now()
    await stack.cluster.crash(active)
    const after = await stack.settled()
    expect(after.active).toBe(standby)
    expect(await stack.run(active, 'docker ps -q')).toBe('')
    expect(stack.ranOn(active, cutMs + 1000)).toBe(false)
    expect(await stack.fenced()).toEqual([active])
  })
})

test('the network of the active node is cut: it is off before anything starts elsewhere', async () => {
  const { active, standby } = await stack.settled()
  await stack.cluster.cut(active)
  const end = Date.now() + 60_000
  while (!stack.running().some(one => one.node === standby) && Date.now() < end) await pause(100)
  const startedMs = Date.now()
  const off = (await stack.cluster.power(active).log()).filter(
    event => event.node === active && event.what === 'off',
  )
  expect(off.at(-1)?.atMs).toBeLessThan(startedMs)
  await stack.cluster.uncut(active)
  expect((await stack.settled()).active).toBe(standby)
  expect(await stack.fenced()).toEqual([active])
})

describe('/usr/bin/node goes away under the running stack', () => {
  test('in maintenance mode nothing happens', async () => {
    const before = await stack.settled()
    // A monitor that is under way when the mode begins still counts.
    await stack.run('n1', 'crm configure property maintenance-mode=true && crm_resource --wait')
    await stack.run(before.active, 'mv /usr/bin/node /usr/bin/node.away')
    await pause(MONITOR_SECONDS * 2000)
    await stack.run(before.active, 'mv /usr/bin/node.away /usr/bin/node')
    await stack.run('n1', 'crm configure property maintenance-mode=false')
    expect(await stack.settled()).toEqual(before)
    expect(await stack.fenced()).toEqual([])
  })

  test('otherwise the node is fenced, as docs/upgrade.md says, and the stack runs elsewhere', async () => {
    const { active, standby } = await stack.settled()
    await stack.run(active, 'mv /usr/bin/node /usr/bin/node.away')
    try {
      await stack.until(
        'the stack runs on the other worker',
        async () => (await stack.ask('app')) === standby,
      )
      expect(await stack.fenced()).toEqual([active])
    } finally {
      await stack.cluster.waitFormed()
      await stack.run(active, 'mv /usr/bin/node.away /usr/bin/node')
    }
  })
})

describe('whatever comes', () => randomFaultTests(() => stack))
