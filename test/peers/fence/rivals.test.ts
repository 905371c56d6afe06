import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { playProxmox } from '../players/proxmox.ts'
import { playShelly2 } from '../players/shelly2.ts'
import { playTasmota } from '../players/tasmota.ts'
import { bundleFenceHomelab, runAgent } from './bundle.ts'

/**
 * The agents of the fence-agents project on the same played devices. It proves two things at once: the
 * players speak what a foreign client understands, and each rival's failure is real, not hearsay.
 * HAHA_RIVALS names a folder with newer ones than the distribution has.
 */
const folder = process.env.HAHA_RIVALS ?? '/usr/sbin'
const pathOf = (name: string) => [join(folder, name), join('/usr/sbin', name)].find(existsSync)
const rival = (name: string, options: Readonly<Record<string, string | number>>) =>
  runAgent(pathOf(name) ?? name, options, [], ['/usr/bin/python3'])
const has = (name: string) => pathOf(name) !== undefined
const secret = 'hunter2-and-more'

let bundle: Awaited<ReturnType<typeof bundleFenceHomelab>>
const scratch = mkdtempSync(join(tmpdir(), 'fence-rivals-'))
const [key, cert] = [join(scratch, 'key.pem'), join(scratch, 'cert.pem')]

beforeAll(async () => {
  bundle = await bundleFenceHomelab()
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=pve']
  execFileSync('openssl', [...request, '-keyout', key, '-out', cert], { stdio: 'ignore' })
})
afterAll(() => {
  bundle?.remove()
  rmSync(scratch, { recursive: true, force: true })
  const absent = ['fence_tasmota', 'fence_shelly_gen2'].filter(name => !has(name))
  if (absent.length > 0)
    process.stdout.write(`rivals not installed here, their rows were not run: ${absent.join(', ')}\n`)
})

describe('fence_pve', () => {
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
  const ours = { driver: 'proxmox' }

  test('it is installed, and understands the played cluster', () =>
    withCluster(async (player, options) => {
      expect(has('fence_pve'), 'package fence-agents').toBe(true)
      expect(await rival('fence_pve', { ...options, ...theirs, action: 'status' })).toMatchObject({
        code: 0,
        stdout: 'Status: ON\n',
      })
      expect(await rival('fence_pve', { ...options, ...theirs, action: 'off' })).toMatchObject({ code: 0 })
      expect(player.outlets[0]).toMatchObject({ on: false, cuts: 1 })
    }))

  test('a reset that the API refuses with HTTP 500: theirs says Rebooted, ours fails', () =>
    withCluster(async (player, options) => {
      player.lock = 'backup'
      const action = { action: 'reboot', method: 'cycle' }
      expect(await rival('fence_pve', { ...options, ...theirs, ...action })).toMatchObject({
        code: 0,
        stdout: 'Success: Rebooted\n',
      })
      expect(await runAgent(bundle.path, { ...options, ...ours, ...action })).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('locked (backup)'),
      })
      expect(player.outlets[0]).toMatchObject({ on: true, cuts: 0 })
    }))

  test('verbose: theirs logs the session ticket, ours does not', () =>
    withCluster(async (_, options) => {
      const status = { action: 'status', verbose: 1 }
      expect((await rival('fence_pve', { ...options, ...theirs, ...status })).stderr).toContain(
        'PVE:root@pam:',
      )
      expect((await runAgent(bundle.path, { ...options, ...ours, ...status })).stderr).not.toContain(
        'PVE:root@pam:',
      )
    }))
})

describe.runIf(has('fence_tasmota'))('fence_tasmota', () => {
  test('one dropped request: theirs fails, ours fences', async () => {
    const player = await playTasmota({ password: secret })
    const options = { ip: '127.0.0.1', ipport: player.http.port, password: secret, plug: 1, action: 'off' }
    player.http.fault = { kind: 'drop', times: 1 }
    expect((await rival('fence_tasmota', options)).code).not.toBe(0)
    player.http.fault = { kind: 'drop', times: 1 }
    expect(await runAgent(bundle.path, { ...options, driver: 'tasmota' })).toMatchObject({ code: 0 })
    await player.http.close()
  })

  test('unreachable after a confirmed off: the reboot of theirs fails, ours has fenced', async () => {
    for (const ours of [false, true]) {
      const player = await playTasmota({ password: secret, meter: false })
      const outlet = player.outlets[0]
      if (outlet !== undefined)
        outlet.tellingOff = () => {
          // The answer to the switching is the first; the read-back is the second, and the last that is given.
          if (outlet.offReadBack === 2) player.http.fault = { kind: 'drop' }
        }
      const options = {
        ip: '127.0.0.1',
        ipport: player.http.port,
        password: secret,
        plug: 1,
        action: 'reboot',
      }
      const result = ours
        ? await runAgent(bundle.path, { ...options, driver: 'tasmota' })
        : await rival('fence_tasmota', options)
      expect({ ours, failed: result.code !== 0, power: outlet?.on }).toEqual({
        ours,
        failed: !ours,
        power: false,
      })
      await player.http.close()
    }
  })

  test('OFF, and 120 W flow: theirs says Success, ours fails', async () => {
    const player = await playTasmota({ password: secret })
    for (const outlet of player.outlets) outlet.lying = true
    const options = { ip: '127.0.0.1', ipport: player.http.port, password: secret, plug: 1, action: 'off' }
    expect(await rival('fence_tasmota', { ...options, power_wait: 0 })).toMatchObject({ code: 0 })
    for (const outlet of player.outlets) outlet.on = true
    expect(await runAgent(bundle.path, { ...options, driver: 'tasmota' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('120 W'),
    })
    await player.http.close()
  })
})

describe.runIf(has('fence_shelly_gen2'))('fence_shelly_gen2', () => {
  test('it understands the played device of firmware 1, and not the nonces of firmware 2', async () => {
    for (const firmware of ['1', '2'] as const) {
      const player = await playShelly2({ password: secret, firmware })
      const options = { ip: '127.0.0.1', ipport: player.http.port, password: secret, plug: 0, action: 'off' }
      const { code } = await rival('fence_shelly_gen2', options)
      expect({ firmware, code, cuts: player.outlets[0]?.cuts }).toEqual(
        firmware === '1' ? { firmware, code: 0, cuts: 1 } : { firmware, code: 1, cuts: 0 },
      )
      expect(await runAgent(bundle.path, { ...options, driver: 'shelly2' })).toMatchObject({ code: 0 })
      await player.http.close()
    }
  })

  test('OFF, and 120 W flow: theirs says Success, ours fails', async () => {
    const player = await playShelly2({ password: secret, firmware: '1' })
    for (const outlet of player.outlets) outlet.lying = true
    const options = { ip: '127.0.0.1', ipport: player.http.port, password: secret, plug: 0, action: 'off' }
    expect(await rival('fence_shelly_gen2', options)).toMatchObject({ code: 0 })
    for (const outlet of player.outlets) outlet.on = true
    expect(await runAgent(bundle.path, { ...options, driver: 'shelly2' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('120 W'),
    })
    await player.http.close()
  })

  test('a wrong password: the monitor of theirs passes, ours fails', async () => {
    const player = await playShelly2({ password: secret })
    const options = {
      ip: '127.0.0.1',
      ipport: player.http.port,
      username: 'admin',
      password: 'wrong-password',
      plug: 0,
      action: 'monitor',
    }
    expect(await rival('fence_shelly_gen2', options)).toMatchObject({ code: 0 })
    expect(await runAgent(bundle.path, { ...options, driver: 'shelly2' })).toMatchObject({ code: 1 })
    await player.http.close()
  })
})
