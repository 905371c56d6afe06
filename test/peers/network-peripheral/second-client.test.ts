import { connect, type Socket } from 'node:net'
import { describe, expect, type TestContext, test } from 'vitest'
import { eventually } from '../eventually.ts'
import { SECOND_CLIENTS, type SecondClient } from '../players/serial-bridge.ts'
import { playZigbeeClient, type ZigbeeClient } from '../players/zigbee-client.ts'
import { playZigbeeCoordinator, type ZigbeeCoordinator } from '../players/zigbee-coordinator.ts'
import { WatchTrial } from './trial.ts'

type Finished = TestContext['onTestFinished']

/** A bridge with Zigbee2MQTT's session, in which nothing is sent unless a test asks. */
async function bridge(
  finished: Finished,
  secondClient: SecondClient,
): Promise<{ readonly coordinator: ZigbeeCoordinator; readonly session: ZigbeeClient }> {
  const coordinator = await playZigbeeCoordinator({ host: '127.0.0.1', port: 0, secondClient })
  const session = await playZigbeeClient({ host: '127.0.0.1', port: coordinator.port, everyMs: 60_000 })
  finished(async () => {
    session.close()
    await coordinator.close()
  })
  expect(await session.ask(1000)).toBe(true)
  return { coordinator, session }
}

interface Stray {
  readonly socket: Socket
  readonly received: () => string
  readonly lost: () => boolean
}

/** Somebody who connects to a serial port that is in use, as a port check does. */
async function strayClient(finished: Finished, port: number): Promise<Stray> {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  let lost = false
  socket.on('data', bytes => {
    received += bytes.toString()
  })
  socket.on('error', () => {
    lost = true
  })
  socket.on('close', () => {
    lost = true
  })
  finished(() => void socket.destroy())
  await new Promise(resolve => {
    socket.on('connect', resolve)
    socket.on('close', resolve)
  })
  return { socket, received: () => received, lost: () => lost }
}

describe.concurrent('the agent beside a bridge whose second client is', () => {
  test.for(SECOND_CLIENTS)(
    '%s: it never connects, at any depth, and the session lives on',
    async (policy, { onTestFinished }) => {
      const { coordinator, session } = await bridge(onTestFinished, policy)
      const place = `127.0.0.1:${coordinator.port}`
      const trial = new WatchTrial({ targets: 'icmp://127.0.0.1', session: place, serial_ports: place }, [
        'n1',
      ])
      onTestFinished(() => trial.end())
      for (const action of ['validate-all', 'start']) expect((await trial.act(action)).code, action).toBe(0)
      for (const checkLevel of [0, 10, 20])
        expect((await trial.monitor('n1', { checkLevel })).code, `depth ${checkLevel}`).toBe(0)
      expect((await trial.act('stop')).code).toBe(0)
      expect([coordinator.connections(), session.lost, await session.ask(1000)]).toEqual([1, false, true])
    },
  )
})

describe.concurrent('a port check that does connect, where the second client is', () => {
  test.for<SecondClient>(['refused', 'reset', 'told'])(
    '%s, is turned away',
    async (policy, { onTestFinished }) => {
      const { coordinator, session } = await bridge(onTestFinished, policy)
      const stray = await strayClient(onTestFinished, coordinator.port)
      await eventually(async () => expect(stray.lost()).toBe(true), 2000)
      expect(stray.received()).toBe(policy === 'told' ? 'Client limit has been reached\r\n' : '')
      expect([session.lost, await session.ask(1000)]).toEqual([false, true])
    },
  )

  test('throws-out, ends the session', async ({ onTestFinished }) => {
    const { coordinator, session } = await bridge(onTestFinished, 'throws-out')
    await strayClient(onTestFinished, coordinator.port)
    await eventually(async () => expect(session.lost).toBe(true), 2000)
  })

  test('two, ends the session with its second connection', async ({ onTestFinished }) => {
    const { coordinator, session } = await bridge(onTestFinished, 'two')
    await strayClient(onTestFinished, coordinator.port)
    expect(await session.ask(1000)).toBe(true)
    await strayClient(onTestFinished, coordinator.port)
    await eventually(async () => expect(session.lost).toBe(true), 2000)
  })

  test('merged, spoils the next command with three stray bytes', async ({ onTestFinished }) => {
    const { coordinator, session } = await bridge(onTestFinished, 'merged')
    const stray = await strayClient(onTestFinished, coordinator.port)
    expect(await session.ask(1000)).toBe(true)
    stray.socket.write(Buffer.from('fe0500', 'hex'))
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(await session.ask(500)).toBe(false)
  })
})
