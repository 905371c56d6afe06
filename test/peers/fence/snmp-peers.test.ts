import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FedLink } from '../players/fed-link.ts'
import { playFedLink } from '../players/fed-link.ts'
import { poeLogin } from '../players/poe.ts'
import type { SimulatedSwitch } from '../players/snmpsim.ts'
import { playSnmpsim } from '../players/snmpsim.ts'
import { bundleFenceHomelab, runAgent } from './bundle.ts'

const { community, user, auth, privacy } = poeLogin
const node = { driver: 'poe', ip: '127.0.0.1', poe_powers_node: 1 }
let bundle: Awaited<ReturnType<typeof bundleFenceHomelab>>

beforeAll(async () => {
  bundle = await bundleFenceHomelab()
})
afterAll(() => bundle?.remove())

describe('snmpsim, an SNMP agent of other authors than net-snmp', () => {
  let simulated: SimulatedSwitch
  beforeAll(async () => {
    simulated = await playSnmpsim()
  })
  afterAll(async () => {
    await simulated?.close()
  })
  const logins = {
    'v2c with a community': { community },
    'v3 with SHA-256 and AES': {
      snmp_version: 3,
      username: user,
      password: auth,
      snmp_auth_prot: 'SHA256',
      snmp_priv_passwd: privacy,
    },
  }
  const run = (more: Readonly<Record<string, string | number>>) =>
    runAgent(bundle.path, { ...node, ipport: simulated.port, ...more })

  test.each(Object.entries(logins))('%s: off and on are written and read back', async (_, login) => {
    const port = { ...login, plug: '1' }
    expect(await run({ ...port, action: 'status' })).toMatchObject({ code: 0, stdout: 'Status: ON\n' })
    expect(await run({ ...port, action: 'off' })).toMatchObject({ code: 0, stdout: 'Success: Powered OFF\n' })
    expect(await run({ ...port, action: 'status' })).toMatchObject({ code: 2, stdout: 'Status: OFF\n' })
    expect(await run({ ...port, action: 'on' })).toMatchObject({ code: 0, stdout: 'Success: Powered ON\n' })
  })

  test('monitor names the switch, list-status its ports', async () => {
    expect(await run({ community, action: 'monitor', device_id: '00:1b:21:00:aa:bb' })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('simulated'),
    })
    expect((await run({ community, action: 'list-status' })).stdout).toBe('1.1,,ON\n1.2,,ON\n')
  })

  test('a port that is disabled and goes on delivering power is not off', async () => {
    const off = await run({ community, action: 'off', plug: '2', power_timeout: 3 })
    expect(off).toMatchObject({ code: 1, stderr: expect.stringContaining('OFF not confirmed') })
  })
})

describe('a real link behind snmpd', () => {
  let link: FedLink
  beforeAll(async () => {
    link = await playFedLink()
  })
  afterAll(async () => {
    await link?.close()
  })
  const run = (action: string) =>
    runAgent(
      bundle.path,
      { ...node, ipport: link.port, community, plug: 1, action },
      [],
      [...link.inside, process.execPath],
    )

  test('off by PoE takes the link down, and on brings it back', async () => {
    expect(link.carrier()).toBe(true)
    expect(await run('off')).toMatchObject({ code: 0, stdout: 'Success: Powered OFF\n' })
    expect(link.carrier()).toBe(false)
    expect(await run('on')).toMatchObject({ code: 0, stdout: 'Success: Powered ON\n' })
    expect(link.carrier()).toBe(true)
  })

  test('a link that ifAdminStatus took down is a cut cable: the node is still on', async () => {
    link.set(link.ifAdminStatus, 2)
    expect(link.carrier()).toBe(false)
    expect(await run('status')).toMatchObject({ code: 0, stdout: 'Status: ON\n' })
    link.set(link.ifAdminStatus, 1)
    expect(link.carrier()).toBe(true)
  })
})
