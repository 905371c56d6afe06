import { createServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WatchTrial } from './trial.ts'

/** A device for each node: so that one node alone can lose it. */
const nodes = ['n1', 'n2', 'n3'] as const
let devices: Map<string, { server: Server; port: number }>
let trial: WatchTrial

function listen(port = 0): Promise<{ server: Server; port: number }> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.destroy())
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve({ server, port: typeof address === 'object' && address !== null ? address.port : port })
    })
  })
}

const target = (node: string) => ({
  parameters: { targets: `tcp://127.0.0.1:${devices.get(node)?.port ?? 0}` },
})

async function lose(...lost: readonly string[]): Promise<void> {
  for (const node of lost) await new Promise(resolve => devices.get(node)?.server.close(resolve))
}

async function regain(...back: readonly string[]): Promise<void> {
  for (const node of back) devices.set(node, await listen(devices.get(node)?.port))
}

/** One monitor on each node, in the order given. */
async function round(order: readonly string[] = nodes): Promise<readonly number[]> {
  const codes: number[] = []
  for (const node of order) codes.push((await trial.monitor(node, target(node))).code)
  return codes
}

const published = () => nodes.map(node => trial.attribute(node))

beforeEach(async () => {
  devices = new Map()
  for (const node of nodes) devices.set(node, await listen())
  trial = new WatchTrial({})
  for (const node of nodes) expect((await trial.act('start', node, target(node))).code).toBe(0)
  expect(await round()).toEqual([0, 0, 0])
})
afterEach(async () => {
  trial.end()
  for (const { server } of devices.values()) if (server.listening) server.close()
})

describe('a healthy monitor', () => {
  test('calls the attribute daemon once, privately, and writes nothing to the CIB', async () => {
    const before = trial.attributes.calls('n1').length
    await trial.monitor('n1', target('n1'))
    const calls = trial.attributes.calls('n1').slice(before)
    expect(calls).toHaveLength(1)
    expect(calls[0]).toContain('--private')
    expect(published()).toEqual(['1', '1', '1'])
  })
})

describe('a device that one node alone has lost', () => {
  test('becomes 0 there with the second failing monitor, is 190 and never 1, and 1 again afterwards', async () => {
    await lose('n2')
    expect(await round()).toEqual([0, 190, 0])
    expect(published()).toEqual(['1', '1', '1'])
    expect(await round()).toEqual([0, 190, 0])
    expect(published()).toEqual(['1', '0', '1'])
    expect(trial.told('unreachable_here', 'n2')).toContain('answers other nodes and not this one')
    await round()
    await regain('n2')
    expect(await round()).toEqual([0, 190, 0])
    expect(published()).toEqual(['1', '0', '1'])
    await round()
    expect(published()).toEqual(['1', '1', '1'])
    const writes = trial.attributes.calls('n2').filter(call => /--update [01]$/.test(call))
    expect(writes).toHaveLength(2)
  })

  test('a stop and a start leave the attribute as it is', async () => {
    await lose('n2')
    await round()
    await round()
    expect((await trial.act('stop', 'n2', target('n2'))).code).toBe(0)
    expect(trial.attribute('n2')).toBe('0')
    expect((await trial.act('start', 'n2', target('n2'))).code).toBe(0)
    expect(trial.attribute('n2')).toBe('0')
    expect(await round()).toEqual([0, 190, 0])
    expect(published()).toEqual(['1', '0', '1'])
  })
})

describe('a device that is dead for everybody', () => {
  test.each([
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
  ])('moves nothing, whoever looks first (%s, then %s, then %s)', async (...orders) => {
    await lose(...nodes)
    for (const order of orders) expect(await round(order)).toEqual([190, 190, 190])
    expect(published()).toEqual(['1', '1', '1'])
    await round()
    for (const node of nodes) expect(trial.told('down_for_all', node)).toContain('answers no node')
    await regain(...nodes)
    expect(await round()).toEqual([0, 0, 0])
    expect(published()).toEqual(['1', '1', '1'])
    expect(trial.told('down_for_all')).toBe('')
  })
})

describe('an attribute daemon that is gone', () => {
  test('moves nothing, fails nothing, and is told later what it missed', async () => {
    trial.attributes.gone(true)
    expect(await round()).toEqual([0, 0, 0])
    await lose('n2')
    for (let count = 0; count < 3; count += 1) expect(await round()).toEqual([0, 190, 0])
    expect(published()).toEqual(['1', '1', '1'])
    trial.attributes.gone(false)
    await round()
    await round()
    expect(published()).toEqual(['1', '0', '1'])
  })
})

test('before a start and after a stop it is not running', async () => {
  expect((await trial.act('stop', 'n3', target('n3'))).code).toBe(0)
  expect((await trial.monitor('n3', target('n3'))).code).toBe(7)
  expect((await trial.act('monitor', 'n3', target('n3'))).code).toBe(7)
})
