import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  connackType,
  connectPacket,
  publishPacket,
  publishType,
  readPublish,
  subscribePacket,
  takePackets,
} from '../../../lib/net/mqtt-packets.ts'
import { parseJson, stringAt } from '../../../lib/ocf/json.ts'
import { eventually } from '../eventually.ts'
import { playZigbeeClient, type ZigbeeClient } from '../players/zigbee-client.ts'
import { playZigbeeCoordinator, type ZigbeeCoordinator } from '../players/zigbee-coordinator.ts'
import { debianPrograms } from '../targets/debian-programs.ts'
import { WatchTrial } from './trial.ts'

const folder = mkdtempSync(join(tmpdir(), 'haha-check-'))
const ends: (() => unknown)[] = []
/** What the played Zigbee2MQTT answers when its radio is silent: nothing at all, or herdsman's own words. */
let silence: 'nothing' | 'error' = 'nothing'
let asked = 0
let coordinator: ZigbeeCoordinator
let client: ZigbeeClient
let trial: WatchTrial

beforeAll(async () => {
  const port = await freePort()
  const file = join(folder, 'mosquitto.conf')
  writeFileSync(file, `listener ${port} 127.0.0.1\nallow_anonymous true\n`)
  const { mosquitto } = await debianPrograms()
  const broker = spawn(mosquitto, ['-c', file], { stdio: 'ignore' })
  ends.push(() => broker.kill('SIGKILL'))
  coordinator = await playZigbeeCoordinator({ host: '127.0.0.1', port: 0 })
  ends.push(() => coordinator.close())
  client = await playZigbeeClient({ host: '127.0.0.1', port: coordinator.port, everyMs: 100 })
  ends.push(() => client.close())
  await eventually(() => playZigbee2mqtt(port), 5000)
  trial = new WatchTrial(
    {
      targets: 'icmp://127.0.0.1',
      session: `127.0.0.1:${coordinator.port}`,
      hang_seconds: '1s',
      coordinator_check: `mqtt://127.0.0.1:${port}/house/z2m`,
    },
    ['n1'],
  )
  ends.push(() => trial.end())
  expect((await trial.act('start')).code).toBe(0)
  expect((await trial.monitor()).code).toBe(0)
  client.talk(false)
  await pause(200)
  expect((await trial.monitor()).code).toBe(0)
})
afterAll(async () => {
  for (const end of ends.reverse()) await end()
  rmSync(folder, { recursive: true, force: true })
})

/** Answers the coordinator check as Zigbee2MQTT does: after a request to the radio, by what came of it. */
function playZigbee2mqtt(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(connectPacket({ user: undefined, password: undefined, keepAliveSeconds: 60 })),
    )
    socket.on('error', reject)
    ends.push(() => socket.destroy())
    let stream: Buffer = Buffer.alloc(0)
    socket.on('data', chunk => {
      const taken = takePackets(Buffer.concat([stream, chunk]))
      stream = taken?.rest ?? stream
      for (const { type, body } of taken?.packets ?? []) {
        if (type === connackType) {
          socket.write(subscribePacket('house/z2m/bridge/request/coordinator_check'))
          resolve()
        }
        if (type === publishType) void answer(readPublish(body)?.payload ?? '')
      }
    })
    const answer = async (request: string) => {
      asked += 1
      const transaction = stringAt(parseJson(request), 'transaction')
      const answers = await client.ask(600)
      if (!answers && silence === 'nothing') return
      const reply = answers
        ? { data: { missing_routers: [] }, status: 'ok', transaction }
        : { data: {}, error: 'SRSP - SYS - osalNvLength after 6000ms', status: 'error', transaction }
      socket.write(publishPacket('house/z2m/bridge/response/coordinator_check', JSON.stringify(reply)))
    }
  })
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

const deep = { checkLevel: 20, intervalMs: 300_000 }

test('in a quiet house the radio is asked at depth 20, and at depth 0 nobody is', async () => {
  expect((await trial.monitor()).code).toBe(0)
  expect(asked).toBe(0)
  expect(await trial.monitor('n1', deep)).toMatchObject({ code: 0, reason: '' })
  expect(asked).toBe(1)
})

test.each(['nothing', 'error'] as const)(
  'one check finds the radio of a quiet house hung, when Zigbee2MQTT says %s; it stays told until a byte comes',
  async says => {
    silence = says
    coordinator.hang()
    const hung = { code: 190, reason: expect.stringContaining('hangs') }
    expect(await trial.monitor('n1', deep)).toMatchObject(hung)
    expect(await trial.monitor()).toMatchObject(hung)
    coordinator.resume()
    expect(await trial.monitor('n1', deep)).toMatchObject({ code: 0 })
    expect((await trial.monitor()).code).toBe(0)
  },
)
