import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parameters as defined } from '../../agents/network-peripheral/parameters.ts'
import { type NodeBuild, nodeExecutable } from '../../scripts/nodes.ts'
import { type ActionRun, runAction } from '../executor.ts'
import { type HangingUpDevice, startHangingUpDevice } from './hanging-up-device.ts'

const AGENT = join(import.meta.dirname, '../../dist/ocf/haha/network-peripheral')
const STATE = '/run/resource-agents/haha'
/** Its own in every run: another clone's run on this machine has the same tests. */
const INSTANCE = `conformance-${process.pid}`

let folder: string
let device: HangingUpDevice

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'haha-conformance-'))
  device = await startHangingUpDevice()
})
afterAll(() => {
  device?.close()
  rmSync(folder, { recursive: true, force: true })
  for (const name of existsSync(STATE) ? readdirSync(STATE) : [])
    if (name.startsWith(`network-peripheral-${INSTANCE}`)) rmSync(join(STATE, name))
})

function run(action: string, more: Partial<ActionRun> = {}) {
  const parameters = { name: 'coordinator', targets: device.target, ...more.parameters }
  return runAction(AGENT, { action, instance: INSTANCE, timeoutMs: 20_000, ...more, parameters })
}

const recurring = { intervalMs: 15_000 }

describe('exit codes', () => {
  test('before a start a probe and a monitor answer 7, and a stop has nothing to do', async () => {
    expect(await run('monitor')).toMatchObject({ code: 7, reason: '', stderr: '' })
    expect((await run('monitor', recurring)).code).toBe(7)
    expect(await run('stop')).toMatchObject({ code: 0, stderr: '' })
  })

  test('notify is always fine, promotion and migration are not there', async () => {
    expect((await run('notify')).code).toBe(0)
    for (const action of ['promote', 'demote', 'migrate_to', 'migrate_from', 'reload', 'status', ''])
      expect(await run(action), action).toMatchObject({ code: 3 })
  })

  test('a device that is dead fails no start and no monitor: the watch goes on, degraded', async () => {
    const parameters = { targets: 'tcp://127.0.0.1:1' }
    expect((await run('start', { parameters })).code).toBe(0)
    expect(await run('monitor', { ...recurring, parameters })).toMatchObject({
      code: 190,
      reason: expect.stringContaining('coordinator answers no node'),
    })
    expect((await run('monitor', { parameters })).code).toBe(0)
    expect((await run('stop', { parameters })).code).toBe(0)
  })

  test('without its required parameters start is misconfigured, and nothing else fails', async () => {
    for (const name of ['name', 'targets']) {
      const environment = { [`OCF_RESKEY_${name}`]: '' }
      expect(await run('start', { environment })).toMatchObject({
        code: 6,
        reason: expect.stringContaining(`${name}: is required`),
      })
      expect((await run('monitor', { ...recurring, environment })).code).toBe(7)
      expect((await run('stop', { environment })).code).toBe(0)
    }
  })

  test.each([
    ['icmp://127.0.0.1', 'ping', 'iputils-ping', {}],
    ['', 'ss', 'iproute2', { session: '127.0.0.1:9' }],
  ])('a missing program is not installed, by its package (%s)', async (url, binary, debianPackage, more) => {
    const parameters = { ...more, ...(url === '' ? {} : { targets: url }) }
    const result = await run('start', { parameters, environment: { OCF_TESTER_FAIL_HAVE_BINARY: '1' } })
    expect(result).toMatchObject({ code: 5, reason: expect.stringContaining(`${binary} is not installed`) })
    expect(result.reason).toContain(debianPackage)
  })
})

describe('parameters that cannot stand together', () => {
  test.each([
    ['a serial port as target', { serial_ports: 'PORT' }, 'second client of the serial bridge'],
    ['the session as target', { session: 'PORT' }, 'second client of the serial bridge'],
    ['more answers than targets', { require: '2' }, 'targets names 1'],
    ['a log without a session', { log_file: '/var/log/z.log' }, 'log_file says nothing without session'],
    ['a recovery without a switch', { recovery: 'power-cycle' }, 'needs session, recovery_driver'],
    [
      'a port to cut without the address behind it',
      {
        session: '127.0.0.1:9',
        recovery: 'power-cycle',
        recovery_driver: 'poe',
        recovery_ip: '192.0.2.2',
        recovery_plug: '5',
      },
      'needs recovery_mac',
    ],
  ])('%s', async (_, given, reason) => {
    const port = device.target.slice('tcp://'.length)
    const parameters = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, value === 'PORT' ? port : value]),
    )
    const result = await run('validate-all', { parameters })
    expect(result).toMatchObject({ code: 6, reason: expect.stringContaining(reason) })
    expect(result.reason.length).toBeLessThan(200)
  })
})

describe('a key file', () => {
  test.each([
    ['that others may read', 'A'.repeat(43).concat('='), 0o644, 'chmod 0600'],
    ['of another length', 'c2hvcnQ=', 0o600, 'is not a key of 32 bytes'],
    ['that is no base64', '*'.repeat(44), 0o600, 'is not a key of 32 bytes'],
    ['that is absent', undefined, 0o600, 'ENOENT'],
  ])('%s is this node’s fault, and its content is never shown', async (_, content, mode, reason) => {
    const file = join(folder, 'key')
    rmSync(file, { force: true })
    if (content !== undefined) writeFileSync(file, content, { mode })
    const result = await run('start', { parameters: { esphome_key_file: file } })
    expect(result).toMatchObject({ code: 2, reason: expect.stringContaining(reason) })
    if (content !== undefined) expect(result.stderr).not.toContain(content)
    expect((await run('stop')).code).toBe(0)
  })
})

/** A wrong value for each parameter that can be wrong, and a hostile one. */
const wrong: Readonly<Record<string, readonly string[]>> = {
  name: ['1st', 'a b', '$(id)', '#health-x'],
  targets: ['10.0.0.7', 'ftp://10.0.0.7', 'tcp://10.0.0.7', 'icmp://10.0.0.700', 'icmp://$(id)'],
  require: ['0', 'most', '100'],
  serial_ports: ['10.0.0.7', '10.0.0.7:0', ':6638'],
  fail_count: ['0', '101'],
  rise_count: ['0', 'x'],
  advantage_count: ['0', '-1'],
  attempts: ['0', '11'],
  probe_timeout: ['0', '2h'],
  esphome_key_file: ['key', '/a/../b'],
  mqtt_login_file: ['login', '/a/../b'],
  failure_mode: ['error', 'DEGRADED'],
  health_attribute: ['health', '#health-'],
  session: ['10.0.0.7', '10.0.0.7:99999', 'a b:1'],
  session_container: ['-x', 'a/b', '$(id)'],
  session_pid_file: ['pid', '/a/../b'],
  hang_samples: ['1', '101'],
  hang_seconds: ['0', 'x'],
  quiet_limit: ['x', '-1'],
  log_file: ['log', "/a'b"],
  log_window: ['1s', 'x'],
  log_threshold: ['0'],
  coordinator_check: ['127.0.0.1', 'mqtt://127.0.0.1', 'mqtt://u:p@127.0.0.1/z', 'mqtt://1.2.3.4/#'],
  coordinator_check_password_file: ['password'],
  recovery: ['reboot', 'yes'],
  recovery_driver: ['proxmox', 'redfish', 'x'],
  recovery_ip: ['a b', '$(id)'],
  recovery_plug: ['`id`'],
  recovery_mac: ['a0:b7', 'x'],
  recovery_password_file: ['password'],
  recovery_options: ['password=secret', 'action=off', 'x'],
  recovery_cooldown: ['1s', '2d'],
  recovery_limit: ['0', '21'],
  recovery_service: ['p_stack', 'p_stack/a/b', '$(id)/x'],
}

/** Any line of text is one. */
const anyText = ['log_pattern']

describe('a wrong value', () => {
  test('is known for every parameter', () => {
    expect([...Object.keys(wrong), ...anyText].sort()).toEqual(defined.map(({ name }) => name).sort())
  })

  test.each(Object.entries(wrong))(
    'of %s is refused by name, on one line, with an example',
    async (name, values) => {
      for (const value of values) {
        const result = await run('validate-all', { parameters: { [name]: value } })
        expect(result.code, `${name}=${value}`).toBe(6)
        expect(result.reason).toMatch(new RegExp(`^${name}: .*example: `))
        expect(result.reason.length).toBeLessThan(200)
        expect(result.stderr).not.toContain('    at ')
      }
    },
  )

  test('under a running watch ends nothing: monitor and stop use what they can', async () => {
    expect((await run('start')).code).toBe(0)
    for (const [name, values] of Object.entries(wrong)) {
      const parameters = { [name]: values[0] ?? '' }
      expect((await run('monitor', { ...recurring, parameters })).code, name).toBe(0)
    }
    expect((await run('stop', { parameters: { targets: 'x', name: '$' } })).code).toBe(0)
  })
})

const builds: readonly NodeBuild[] = ['official-18', 'official-20', 'debian-12', 'debian-13']

describe.each(builds)('on node %s', build => {
  test('the bundle lives a whole life', async () => {
    const node = await nodeExecutable(build)
    const codes: number[] = []
    for (const action of [
      'meta-data',
      'validate-all',
      'monitor',
      'start',
      'monitor',
      'start',
      'stop',
      'stop',
    ])
      codes.push((await run(action, { node })).code)
    codes.push((await run('monitor', { node, ...recurring })).code)
    expect(codes).toEqual([0, 0, 7, 0, 0, 0, 0, 0, 7])
  })
})

test('ocf-tester finds nothing to complain about', async () => {
  const options = ['-o', 'name=coordinator', '-o', `targets=${device.target}`]
  const { exitCode, all } = await execa('ocf-tester', ['-n', INSTANCE, ...options, AGENT], {
    all: true,
    reject: false,
    env: { OCF_ROOT: '/usr/lib/ocf' },
  })
  expect(exitCode, all).toBe(0)
  expect(all).toContain('passed all tests')
})
