import { createServer, type Server } from 'node:net'
import { describe, expect, type TestContext, test } from 'vitest'
import { WatchTrial } from './trial.ts'

/** Of the test's own context: tests run side by side. */
type Finished = TestContext['onTestFinished']

const nodes = ['n1', 'n2', 'n3'] as const

/** A cluster whose nodes each have a way of their own to the device: so that one alone can lose it. */
class World {
  readonly trial = new WatchTrial({})
  readonly #ways = new Map<string, Way>()

  static async make(finished: Finished): Promise<World> {
    const world = new World()
    finished(() => world.end())
    for (const node of nodes) world.#ways.set(node, await listen())
    const starts = nodes.map(node => world.trial.act('start', node, world.target(node)))
    expect((await Promise.all(starts)).map(({ code }) => code)).toEqual([0, 0, 0])
    expect(await world.round()).toEqual([0, 0, 0])
    return world
  }

  target(node: string) {
    return { parameters: { targets: `tcp://127.0.0.1:${this.#ways.get(node)?.port ?? 0}` } }
  }

  async lose(...lost: readonly string[]): Promise<void> {
    for (const node of lost) await new Promise(resolve => this.#ways.get(node)?.server.close(resolve))
  }

  async regain(...back: readonly string[]): Promise<void> {
    for (const node of back) this.#ways.set(node, await listen(this.#ways.get(node)?.port))
  }

  /** One monitor on each node, one after the other in that order; the codes are in the nodes' own. */
  async round(order: readonly string[] = nodes): Promise<readonly (number | undefined)[]> {
    const codes = new Map<string, number>()
    for (const node of order) codes.set(node, (await this.trial.monitor(node, this.target(node))).code)
    return nodes.map(node => codes.get(node))
  }

  published(): readonly (string | undefined)[] {
    return nodes.map(node => this.trial.attribute(node))
  }

  end(): void {
    this.trial.end()
    for (const { server } of this.#ways.values()) if (server.listening) server.close()
  }
}

interface Way {
  readonly server: Server
  readonly port: number
}

function listen(port = 0): Promise<Way> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.destroy())
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve({ server, port: typeof address === 'object' && address !== null ? address.port : port })
    })
  })
}

describe.concurrent('a healthy monitor', () => {
  test('calls the attribute daemon once, privately, and writes nothing to the CIB', async ({
    onTestFinished,
  }) => {
    const world = await World.make(onTestFinished)
    const before = world.trial.attributes.calls('n1').length
    await world.trial.monitor('n1', world.target('n1'))
    const calls = world.trial.attributes.calls('n1').slice(before)
    expect(calls).toHaveLength(1)
    expect(calls[0]).toContain('--private')
    expect(world.published()).toEqual(['1', '1', '1'])
  })
})

describe.concurrent('a device that one node alone has lost', () => {
  test('becomes 0 there with the second failing monitor, is 190 and never 1, and 1 again afterwards', async ({
    onTestFinished,
  }) => {
    const world = await World.make(onTestFinished)
    await world.lose('n2')
    expect(await world.round()).toEqual([0, 190, 0])
    expect(world.published()).toEqual(['1', '1', '1'])
    expect(await world.round()).toEqual([0, 190, 0])
    expect(world.published()).toEqual(['1', '0', '1'])
    expect(world.trial.told('unreachable_here', 'n2')).toContain('answers other nodes and not this one')
    await world.round()
    await world.regain('n2')
    expect(await world.round()).toEqual([0, 190, 0])
    expect(world.published()).toEqual(['1', '0', '1'])
    await world.round()
    expect(world.published()).toEqual(['1', '1', '1'])
    const writes = world.trial.attributes.calls('n2').filter(call => /--update [01]$/.test(call))
    expect(writes).toHaveLength(2)
  })

  test('a stop and a start leave the attribute as it is', async ({ onTestFinished }) => {
    const world = await World.make(onTestFinished)
    await world.lose('n2')
    await world.round()
    await world.round()
    expect((await world.trial.act('stop', 'n2', world.target('n2'))).code).toBe(0)
    expect(world.trial.attribute('n2')).toBe('0')
    expect((await world.trial.act('start', 'n2', world.target('n2'))).code).toBe(0)
    expect(world.trial.attribute('n2')).toBe('0')
    expect(await world.round()).toEqual([0, 190, 0])
    expect(world.published()).toEqual(['1', '0', '1'])
  })
})

describe.concurrent('a device that is dead for everybody', () => {
  test.for([
    [
      ['n1', 'n2', 'n3'],
      ['n3', 'n2', 'n1'],
      ['n2', 'n1', 'n3'],
    ],
    [
      ['n3', 'n1', 'n2'],
      ['n1', 'n2', 'n3'],
      ['n3', 'n1', 'n2'],
    ],
  ])('moves nothing, whoever looks first: %j', async (orders, { onTestFinished }) => {
    const world = await World.make(onTestFinished)
    await world.lose(...nodes)
    for (const order of orders) expect(await world.round(order)).toEqual([190, 190, 190])
    expect(world.published()).toEqual(['1', '1', '1'])
    await world.round()
    for (const node of nodes) expect(world.trial.told('down_for_all', node)).toContain('answers no node')
    await world.regain(...nodes)
    expect(await world.round()).toEqual([0, 0, 0])
    expect(world.published()).toEqual(['1', '1', '1'])
    expect(world.trial.told('down_for_all')).toBe('')
  })
})

describe.concurrent('an attribute daemon that is gone', () => {
  test('moves nothing, fails nothing, and is told later what it missed', async ({ onTestFinished }) => {
    const world = await World.make(onTestFinished)
    world.trial.attributes.gone(true)
    expect(await world.round()).toEqual([0, 0, 0])
    await world.lose('n2')
    for (let count = 0; count < 3; count += 1) expect(await world.round()).toEqual([0, 190, 0])
    expect(world.published()).toEqual(['1', '1', '1'])
    world.trial.attributes.gone(false)
    await world.round()
    await world.round()
    expect(world.published()).toEqual(['1', '0', '1'])
  })
})

test.concurrent('before a start and after a stop it is not running', async ({ onTestFinished }) => {
  const world = await World.make(onTestFinished)
  expect((await world.trial.act('stop', 'n3', world.target('n3'))).code).toBe(0)
  expect((await world.trial.monitor('n3', world.target('n3'))).code).toBe(7)
  expect((await world.trial.act('monitor', 'n3', world.target('n3'))).code).toBe(7)
})
