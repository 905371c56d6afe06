import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { root } from '../../../scripts/bundle.ts'
import { npmTree } from '../../../scripts/engine/npm.ts'
import {
  type EsphomeApiDevice,
  type EsphomeApiPlayer,
  type EsphomeFault,
  playEsphomeApi,
} from '../players/esphome-api.ts'
import { look } from './looks.ts'

const device = { name: 'tubeszb', mac: 'AA:BB:CC:00:11:22' }
const key = randomBytes(32)
const players: EsphomeApiPlayer[] = []

afterEach(async () => {
  for (const player of players.splice(0)) await player.close()
})

async function playing(options: Omit<EsphomeApiDevice, 'name' | 'mac'> = {}) {
  const player = await playEsphomeApi({ ...device, ...options })
  players.push(player)
  return player
}
const at = ({ port }: EsphomeApiPlayer, expected = '') => `esphome://127.0.0.1:${port}${expected}`

/** Hello, device information and the farewell; nothing that subscribes to anything. */
const wordsOfALook = [1, 9, 5]

describe('the played device is one', () => {
  /** What a client of other authors reads of the device, which it also pings. */
  async function foreignLook(port: number, encryptionKey: string): Promise<unknown> {
    const tree = await npmTree(join(root, 'test/foreign'))
    const script = `
      const { Connection } = require(process.argv[1] + '/node_modules/@2colors/esphome-native-api')
      const connection = new Connection({ host: '127.0.0.1', port: Number(process.argv[2]), encryptionKey: process.argv[3], reconnect: false })
      connection.on('error', error => { process.stdout.write(JSON.stringify({ error: error.message })); process.exit(0) })
      connection.on('authorized', async () => {
        await connection.pingService()
        const { name, macAddress } = await connection.deviceInfoService()
        process.stdout.write(JSON.stringify({ name, macAddress }))
        process.exit(0)
      })
      connection.connect()`
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['-e', script, tree, String(port), encryptionKey],
      { timeout: 10_000 },
    )
    const told: unknown = JSON.parse(stdout)
    return told
  }

  test('to a client of other authors, in the plain', async () => {
    const player = await playing()
    expect(await foreignLook(player.port, '')).toEqual({ name: device.name, macAddress: device.mac })
  })

  test('to a client of other authors, encrypted, and to no one with another key', async () => {
    const player = await playing({ key })
    expect(await foreignLook(player.port, key.toString('base64'))).toEqual({
      name: device.name,
      macAddress: device.mac,
    })
    expect(await foreignLook(player.port, randomBytes(32).toString('base64'))).toEqual({
      error: expect.stringContaining('Handshake MAC failure'),
    })
  })
})

describe('a healthy device', () => {
  test.each([
    ['in the plain', {}, {}],
    ['encrypted', { key }, { esphomeKey: key }],
    ['with firmware that greets with its name alone', { key, greetsWithMac: false }, { esphomeKey: key }],
  ])('is up, known by name and left politely (%s)', async (_, options, limits) => {
    const player = await playing(options)
    const answer = await look(at(player), limits)
    expect(answer).toMatchObject({ up: true, detail: expect.stringContaining('tubeszb, ESPHome 2025.10.3') })
    expect(answer).not.toHaveProperty('doubt')
    await expect.poll(() => player.heard).toEqual(wordsOfALook)
    expect(player.connections()).toBe(1)
  })

  test.each(['/tubeszb', '/TubesZB', '/aa:bb:cc:00:11:22', '/AABBCC001122'])(
    'is up when %s is expected there, in the plain, encrypted and without the key',
    async expected => {
      const plain = await playing()
      const encrypted = await playing({ key })
      expect(await look(at(plain, expected))).toMatchObject({ up: true })
      expect(await look(at(encrypted, expected), { esphomeKey: key })).toMatchObject({ up: true })
      expect(await look(at(encrypted, expected))).toMatchObject({
        up: true,
        detail: expect.stringContaining('tubeszb, encrypted, and no key is given'),
      })
    },
  )

  test.each(['/garage', '/aa:bb:cc:00:11:23'])('is down when %s is expected there', async expected => {
    const plain = await playing()
    const encrypted = await playing({ key })
    const wrong = { up: false, detail: expect.stringContaining('is answered by another device: tubeszb') }
    expect(await look(at(plain, expected))).toMatchObject(wrong)
    expect(await look(at(encrypted, expected), { esphomeKey: key })).toMatchObject(wrong)
    expect(await look(at(encrypted, expected))).toMatchObject(wrong)
  })

  test('an encrypted device lives without its key and with another one, and the difference is told', async () => {
    const player = await playing({ key })
    expect(await look(at(player))).toMatchObject({
      up: true,
      detail: expect.stringContaining('encrypted, and no key is given'),
    })
    expect(await look(at(player), { esphomeKey: randomBytes(32) })).toMatchObject({
      up: true,
      detail: expect.stringContaining('refuses the key of esphome_key_file (Handshake MAC failure)'),
      doubt: expect.stringMatching(/is alive, but tubeszb refuses the key/),
    })
    expect(player.heard).toEqual([])
  })

  test.each([true, false])(
    'a device without encryption is asked in the plain though there is a key (silent about it: %s)',
    async refusesSilently => {
      const player = await playing({ refusesSilently })
      expect(await look(at(player), { esphomeKey: key })).toMatchObject({ up: true })
      await expect.poll(() => player.heard).toEqual(wordsOfALook)
      expect(player.connections()).toBe(2)
    },
  )
})

describe('a device that misbehaves is down, in time and with the reason in one line', () => {
  const reasons: readonly (readonly [EsphomeFault, RegExp])[] = [
    ['hangs', /gave no answer within 400 ms, 3 times$/],
    ['hangs after its greeting', /gave no answer within 400 ms, 3 times$/],
    ['full', /without an answer|before it had answered/],
    ['cut off', /in the middle of its answer/],
    ['endless', /answers without end/],
    ['a frame too long', /is not the (?:encrypted )?ESPHome API/],
    ['garbage', /is not the (?:encrypted )?ESPHome API/],
    ['sends away', /too many clients/],
    ['drips', /gave no answer within 400 ms, 3 times$/],
  ]
  test.each(reasons)('%s', async (fault, reason) => {
    for (const options of [{}, { key }]) {
      const player = await playing(options)
      player.fault = fault
      const { up, detail, milliseconds } = await look(
        at(player),
        options.key === undefined ? {} : { esphomeKey: options.key },
      )
      expect({ up, detail }).toEqual({ up: false, detail: expect.stringMatching(reason) })
      expect(detail.length).toBeLessThan(200)
      expect(detail).not.toContain('\n')
      expect(milliseconds).toBeLessThan(2500)
    }
  })

  test('breaks the seal', async () => {
    const player = await playing({ key })
    player.fault = 'breaks the seal'
    expect(await look(at(player), { esphomeKey: key })).toMatchObject({
      up: false,
      detail: expect.stringContaining('a message was not sealed with this key'),
    })
  })

  test('a device that hangs is asked again, and one that recovers meanwhile is up', async () => {
    const player = await playing()
    player.fault = 'hangs'
    setTimeout(() => {
      player.fault = 'none'
    }, 500)
    expect(await look(at(player))).toMatchObject({ up: true })
    expect(player.connections()).toBeGreaterThan(1)
  })
})
