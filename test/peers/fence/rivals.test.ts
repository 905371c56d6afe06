import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { playProxmox } from '../players/proxmox.ts'
import { playShelly2 } from '../players/shelly2.ts'
import { bundleFenceHomelab, runAgent } from './bundle.ts'
import { shellyRival } from './rival-tree.ts'

/**
 * The agents of the fence-agents project on the same played devices. It proves two things at once: the
 * players speak what a foreign client understands, and each rival's failure is real, not hearsay.
 * fence_pve is Debian 12's, fence_shelly_gen2 a later Debian's; fence_tasmota and fence_esphome are in no
 * Debian suite.
 */
type Options = Readonly<Record<string, string | number>>
const python = ['/usr/bin/python3']
const secret = 'hunter2-and-more'

let bundle: Awaited<ReturnType<typeof bundleFenceHomelab>>
let shelly: Awaited<ReturnType<typeof shellyRival>>
const scratch = mkdtempSync(join(tmpdir(), 'fence-rivals-'))
const [key, cert] = [join(scratch, 'key.pem'), join(scratch, 'cert.pem')]

beforeAll(async () => {
  bundle = await bundleFenceHomelab()
  shelly = await shellyRival()
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=pve']
  execFileSync('openssl', [...request, '-keyout', key, '-out', cert], { stdio: 'ignore' })
})
afterAll(() => {
  bundle?.remove()
  rmSync(scratch, { recursive: true, force: true })
})

const pve = (options: Options, before: readonly string[] = []) =>
  runAgent('/usr/sbin/fence_pve', options, [], [...before, ...python])
const gen2 = (options: Options, before: readonly string[] = []) =>
  runAgent(shelly.path, options, [], [...before, '/usr/bin/env', `PYTHONPATH=${shelly.library}`, ...python])
const ours = (options: Options) => runAgent(bundle.path, options)

/** As the fencer runs an agent, and kills it. */
const underTheFencer = (seconds: number) => [
  '/usr/bin/env',
  'PCMK_service=pacemaker-fenced',
  '/usr/bin/timeout',
  '-s',
  'KILL',
  String(seconds),
]
/** What a killed agent ends with: no code. */
const killed = null

describe.concurrent('fence_pve', () => {
  const login = { username: 'root@pam', password: secret }
  const withCluster = async (
    act: (
      player: Awaited<ReturnType<typeof playProxmox>>,
      options: Record<string, string | number>,
    ) => Promise<void>,
  ) => {
    const tls = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
    const player = await playProxmox({ ...login, tls })
    try {
      await act(player, { ip: '127.0.0.1', ipport: player.http.port, ...login, plug: 100, ssl_insecure: 1 })
    } finally {
      await player.http.close()
    }
  }
  const theirs = { pve_node_auto: 1, vmtype: 'qemu' }
  const proxmox = { driver: 'proxmox' }

  test('it understands the played cluster', () =>
    withCluster(async (player, options) => {
      expect(await pve({ ...options, ...theirs, action: 'status' })).toMatchObject({
        code: 0,
        stdout: 'Status: ON\n',
      })
      expect(await pve({ ...options, ...theirs, action: 'off' })).toMatchObject({ code: 0 })
      expect(player.outlets[0]).toMatchObject({ on: false, cuts: 1 })
    }))

  test('a reset that the API refuses with HTTP 500: theirs says Rebooted, ours fails', () =>
    withCluster(async (player, options) => {
      player.lock = 'backup'
      const action = { action: 'reboot', method: 'cycle' }
      expect(await pve({ ...options, ...theirs, ...action })).toMatchObject({
        code: 0,
        stdout: 'Success: Rebooted\n',
      })
      expect(await ours({ ...options, ...proxmox, ...action })).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('locked (backup)'),
      })
      expect(player.outlets[0]).toMatchObject({ on: true, cuts: 0 })
    }))

  test('verbose: theirs logs the session ticket, ours does not', () =>
    withCluster(async (_, options) => {
      const status = { action: 'status', verbose: 1 }
      expect((await pve({ ...options, ...theirs, ...status })).stderr).toContain('PVE:root@pam:')
      expect((await ours({ ...options, ...proxmox, ...status })).stderr).not.toContain('PVE:root@pam:')
    }))

  test('an API that takes the connection and never answers: theirs is killed, ours gives up in time', () =>
    withCluster(async (player, options) => {
      player.http.fault = { kind: 'hang', afterBytes: -1 }
      const off = { ...options, action: 'off' }
      const [them, us] = await Promise.all([
        pve({ ...off, ...theirs }, underTheFencer(14)),
        ours({ ...off, ...proxmox }),
      ])
      expect(them.code).toBe(killed)
      expect(us).toMatchObject({ code: 1, stderr: expect.stringContaining('did not answer') })
      expect(us.ms).toBeLessThan(8000)
    }))
})

describe.concurrent('fence_shelly_gen2', () => {
  const withShelly = async (
    how: Parameters<typeof playShelly2>[0],
    act: (player: Awaited<ReturnType<typeof playShelly2>>, options: Options) => Promise<void>,
  ) => {
    const player = await playShelly2({ password: secret, firmware: '1', ...how })
    try {
      await act(player, { ip: '127.0.0.1', ipport: player.http.port, password: secret, plug: 0 })
    } finally {
      await player.http.close()
    }
  }
  const shelly2 = { driver: 'shelly2' }

  test.each(['1', '2'] as const)(
    'firmware %s: theirs understands the played device of the first, and not the nonces of the second',
    firmware =>
      withShelly({ firmware }, async (player, options) => {
        const off = { ...options, action: 'off' }
        const { code } = await gen2(off)
        const cuts = player.outlets[0]?.cuts
        expect({ code, cuts }).toEqual(firmware === '1' ? { code: 0, cuts: 1 } : { code: 1, cuts: 0 })
        expect(await ours({ ...off, ...shelly2 })).toMatchObject({ code: 0 })
      }),
  )

  test('OFF, and 120 W flow: theirs says Success, ours fails', () =>
    withShelly({}, async (player, options) => {
      for (const outlet of player.outlets) outlet.lying = true
      const off = { ...options, action: 'off' }
      expect(await gen2(off)).toMatchObject({ code: 0, stdout: expect.stringContaining('Success') })
      for (const outlet of player.outlets) outlet.on = true
      expect(await ours({ ...off, ...shelly2 })).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('120 W'),
      })
    }))

  test('a wrong password, and no plug as with a host map alone: the monitor of theirs passes, ours fails', () =>
    withShelly({}, async (player, { ip = '', ipport = 0 }) => {
      const monitor = { ip, ipport, password: 'wrong-password', action: 'monitor' }
      expect(await gen2({ ...monitor, plug: 0 })).toMatchObject({ code: 0 })
      expect(await ours({ ...monitor, ...shelly2, plug: 0 })).toMatchObject({ code: 1 })
      expect(await gen2(monitor)).toMatchObject({ code: 0 })
      expect(await ours({ ...monitor, ...shelly2 })).toMatchObject({ code: 1 })
      expect(player.outlets[0]).toMatchObject({ cuts: 0 })
    }))

  test('two plugs, one of them ON, action on: theirs says Already ON, ours switches the other on', () =>
    withShelly({ switches: 2 }, async (player, options) => {
      const on = { ...options, plug: '0,1', action: 'on' }
      player.outlets[1]?.set(false)
      expect(await gen2(on)).toMatchObject({ code: 0, stdout: expect.stringContaining('Already ON') })
      expect(player.outlets.map(outlet => outlet.on)).toEqual([true, false])
      expect(await ours({ ...on, ...shelly2 })).toMatchObject({ code: 0, stdout: 'Success: Powered ON\n' })
      expect(player.outlets.map(outlet => outlet.on)).toEqual([true, true])
    }))

  test('one dropped request: theirs fails, ours fences', () =>
    withShelly({}, async (player, options) => {
      const off = { ...options, action: 'off' }
      player.http.fault = { kind: 'drop', times: 1 }
      expect((await gen2(off)).code).not.toBe(0)
      expect(player.outlets[0]).toMatchObject({ on: true })
      player.http.fault = { kind: 'drop', times: 1 }
      expect(await ours({ ...off, ...shelly2 })).toMatchObject({ code: 0 })
    }))

  test.each(['theirs', 'ours'] as const)('unreachable after a confirmed off, the reboot of %s', whose =>
    withShelly({ meter: false }, async (player, options) => {
      const [outlet] = player.outlets
      // The answer that says OFF is the last one that is given.
      if (outlet !== undefined)
        outlet.tellingOff = () => setImmediate(() => Object.assign(player.http, { fault: { kind: 'drop' } }))
      const reboot = { ...options, action: 'reboot', method: 'onoff' }
      const { code } = whose === 'ours' ? await ours({ ...reboot, ...shelly2 }) : await gen2(reboot)
      expect({ code, cuts: outlet?.cuts, power: outlet?.on }).toEqual({
        code: whose === 'ours' ? 0 : 1,
        cuts: 1,
        power: false,
      })
    }),
  )

  test('the relay refuses ON after a confirmed off: theirs is killed in its loop', () =>
    withShelly({}, async (player, options) => {
      for (const outlet of player.outlets) outlet.refusesOn = true
      const reboot = { ...options, action: 'reboot', method: 'onoff' }
      expect(await gen2(reboot, underTheFencer(14))).toMatchObject({ code: killed })
      expect(player.outlets[0]).toMatchObject({ on: false, cuts: 1 })
    }))

  test('the relay refuses ON after a confirmed off: ours has fenced, and says so before the kill', () =>
    withShelly({}, async (player, options) => {
      for (const outlet of player.outlets) outlet.refusesOn = true
      const result = await ours({ ...options, ...shelly2, action: 'reboot', method: 'onoff' })
      expect(result).toMatchObject({ code: 0, stdout: 'Success: Rebooted\n' })
      expect(result.ms).toBeLessThan(14_000)
    }))
})
