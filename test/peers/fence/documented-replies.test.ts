import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { playNetio } from '../players/netio.ts'
import { playRedfish } from '../players/redfish.ts'
import { playTasmota } from '../players/tasmota.ts'
import { bundleFenceHomelab, runAgent } from './bundle.ts'

/** What the firmware's own documents and sources say of single replies, and what it means for an off. */
let bundle: Awaited<ReturnType<typeof bundleFenceHomelab>>

beforeAll(async () => {
  bundle = await bundleFenceHomelab()
})
afterAll(() => bundle?.remove())

const run = (driver: string, port: number, more: Readonly<Record<string, string | number>>) =>
  runAgent(bundle.path, { driver, ip: '127.0.0.1', ipport: port, ...more })

describe.concurrent('tasmota', () => {
  test('PowerLock tells all relays as bits, the first one last: the lock of each is seen, and of no other', async () => {
    const player = await playTasmota({ relays: 2 })
    for (const [locked, plug, seen] of [
      [0, 1, true],
      [0, 2, false],
      [1, 1, false],
      [1, 2, true],
    ] as const) {
      player.powerLock.fill(false)[locked] = true
      const { code, stderr } = await run('tasmota', player.http.port, { action: 'monitor', plug })
      expect({ locked, plug, code, seen: stderr.includes(`PowerLock${plug} is on`) }).toEqual({
        locked,
        plug,
        code: 0,
        seen,
      })
    }
    await player.http.close()
  })

  test('a locked relay is not off, and the off says so', async () => {
    const player = await playTasmota()
    player.powerLock.fill(true)
    const off = await run('tasmota', player.http.port, { action: 'off', plug: 1, power_timeout: 3 })
    expect(off).toMatchObject({ code: 1, stderr: expect.stringContaining('OFF not confirmed') })
    expect(player.outlets[0]).toMatchObject({ on: true, cuts: 0 })
    await player.http.close()
  })

  test('status and monitor leave a running PulseTime alone', async () => {
    const player = await playTasmota()
    player.pulseRemaining = 40
    for (const action of ['status', 'monitor', 'list-status'])
      expect(await run('tasmota', player.http.port, { action, plug: 1 })).toMatchObject({ code: 0 })
    expect(player.pulseRemaining).toBe(40)
    await player.http.close()
  })
})

describe.concurrent('OpenBeken', () => {
  const password = 'openbeken-password'

  test('monitor passes though it knows neither PulseTime nor PowerLock, and names every relay', async () => {
    const player = await playTasmota({ firmware: 'openbeken', relays: 2, password })
    const result = await run('tasmota', player.http.port, { action: 'monitor', password, strict: 1 })
    expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('2 outlet(s)') })
    await player.http.close()
  })

  test('every answer tells all relays: each is switched and read alone', async () => {
    const player = await playTasmota({ firmware: 'openbeken', relays: 2, password })
    const off = await run('tasmota', player.http.port, { action: 'off', plug: 2, password })
    expect(off).toMatchObject({ code: 0, stdout: 'Success: Powered OFF\n' })
    expect(player.outlets.map(({ on }) => on)).toEqual([true, false])
    const other = await run('tasmota', player.http.port, { action: 'status', plug: 1, password })
    expect(other).toMatchObject({ code: 0, stdout: 'Status: ON\n' })
    await player.http.close()
  })

  test('a clock that stands still does not hide the watts behind an OFF', async () => {
    const player = await playTasmota({ firmware: 'openbeken', password })
    for (const outlet of player.outlets) outlet.lying = true
    const off = await run('tasmota', player.http.port, { action: 'off', plug: 1, password })
    expect(off).toMatchObject({ code: 1, stderr: expect.stringContaining('120 W') })
    await player.http.close()
  })

  test('without a relay it says ON to everything: no off is believed', async () => {
    const player = await playTasmota({ firmware: 'openbeken', password })
    player.stateText = ['ON', 'ON']
    const off = await run('tasmota', player.http.port, { action: 'off', plug: 1, password, power_timeout: 3 })
    expect(off).toMatchObject({ code: 1, stderr: expect.stringContaining('OFF not confirmed') })
    await player.http.close()
  })
})

describe.concurrent('netio', () => {
  test('a short off of somebody else looks like an off and is replaced by one that lasts', async () => {
    const player = await playNetio()
    player.shortOff(0, 2500)
    const off = await run('netio', player.http.port, { action: 'off', plug: 1 })
    expect(off).toMatchObject({ code: 0, stdout: 'Success: Powered OFF\n' })
    await new Promise(resolve => setTimeout(resolve, 3000))
    expect(player.outlets[0]).toMatchObject({ on: false })
    await player.http.close()
  })

  test('a reboot asks for its short off in milliseconds', async () => {
    const player = await playNetio()
    expect(await run('netio', player.http.port, { action: 'reboot', plug: 1 })).toMatchObject({ code: 0 })
    const asked = player.http.requests.filter(({ method }) => method === 'POST').map(({ body }) => body)
    expect(asked[0]).toBe('{"Outputs":[{"ID":1,"Action":2,"Delay":8000}]}')
    await player.http.close()
  })
})

describe.concurrent('redfish', () => {
  const login = { ssl: 0, username: 'fence', password: 'played-password', plug: 1 }

  test('a reboot waits until PoweringOff has become Off, and leaves no second ForceOff behind', async () => {
    const player = await playRedfish({ password: login.password })
    player.poweringOffMs = 4500
    const outlet = player.outlets[0]
    const asked = (type: string) =>
      player.http.requests.filter(({ body }) => body.includes(`"${type}"`)).length
    let onBeforeOff = 0
    if (outlet !== undefined)
      outlet.tellingOff = () => {
        if (outlet.offReadBack === 1) onBeforeOff = asked('On')
      }
    expect(await run('redfish', player.http.port, { ...login, action: 'reboot' })).toMatchObject({ code: 0 })
    await new Promise(resolve => setTimeout(resolve, 4500))
    expect({ forced: asked('ForceOff'), onBeforeOff, on: outlet?.on, cuts: outlet?.cuts }).toEqual({
      forced: 1,
      onBeforeOff: 0,
      on: true,
      cuts: 1,
    })
    await player.http.close()
  })
})
