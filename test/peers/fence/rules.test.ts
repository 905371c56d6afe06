import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../../scripts/bundle.ts'
import { playEsphome } from '../players/esphome.ts'
import { playPoe, poeLogin } from '../players/poe.ts'
import { playRedfish } from '../players/redfish.ts'
import { playShelly1 } from '../players/shelly1.ts'
import { playShelly2 } from '../players/shelly2.ts'
import { playTasmota } from '../players/tasmota.ts'
import { bundleFenceHomelab, runAgent } from './bundle.ts'

const secret = 'hunter2-and-more'
let bundle: Awaited<ReturnType<typeof bundleFenceHomelab>>
const scratch = mkdtempSync(join(tmpdir(), 'fence-rules-'))

beforeAll(async () => {
  bundle = await bundleFenceHomelab()
})
afterAll(() => {
  bundle?.remove()
  rmSync(scratch, { recursive: true, force: true })
})

const run = (options: Parameters<typeof runAgent>[1], args: readonly string[] = []) =>
  runAgent(bundle.path, options, args)

describe.concurrent('tasmota and OpenBeken', () => {
  test.each(['tasmota', 'old-tasmota', 'openbeken'] as const)(
    '%s takes its own kind of login, and refuses a wrong one',
    async firmware => {
      const player = await playTasmota({ firmware, password: secret, relays: 2 })
      const options = {
        driver: 'tasmota',
        ip: '127.0.0.1',
        ipport: player.http.port,
        plug: '2',
        action: 'off',
      }
      expect(await run({ ...options, password: secret })).toMatchObject({ code: 0 })
      expect(player.outlets.map(({ on }) => on)).toEqual([true, false])
      const wrong = await run({ ...options, password: 'wrong-password' })
      expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('login') })
      expect(wrong.ms).toBeLessThan(2000)
      expect(await run({ ...options, password: secret, plug: '7' })).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("no plug '7'"),
      })
      await player.http.close()
    },
  )

  test('renamed states are not guessed at: the operator is told which words are needed', async () => {
    const player = await playTasmota()
    player.stateText = ['AUS', 'EIN']
    const result = await run({
      driver: 'tasmota',
      ip: '127.0.0.1',
      ipport: player.http.port,
      plug: 1,
      action: 'off',
      power_timeout: 3,
    })
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('StateText1') })
    await player.http.close()
  })

  test('hazards are warnings, and with strict a failure', async () => {
    const player = await playTasmota()
    player.powerOnState = 4
    player.pulseTime = 112
    player.powerLock.fill(true)
    const options = { driver: 'tasmota', ip: '127.0.0.1', ipport: player.http.port, action: 'monitor' }
    const warned = await run(options)
    expect(warned.code).toBe(0)
    expect(warned.stderr.match(/warning/g)).toHaveLength(3)
    expect(await run({ ...options, strict: 1 })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('PowerOnState 4'),
    })
    await player.http.close()
  })
})

describe.concurrent('shelly', () => {
  test('a device without a password needs none, stale nonces are asked for anew', async () => {
    for (const options of [{}, { password: secret, stale: 2 }]) {
      const player = await playShelly2(options)
      const login = 'password' in options ? { password: secret } : {}
      expect(
        await run({
          driver: 'shelly2',
          ip: '127.0.0.1',
          ipport: player.http.port,
          plug: 0,
          action: 'off',
          ...login,
        }),
      ).toMatchObject({ code: 0 })
      await player.http.close()
    }
  })

  test('the open GetDeviceInfo is not enough for a monitor: a wrong password fails', async () => {
    const player = await playShelly2({ password: secret })
    const options = { driver: 'shelly2', ip: '127.0.0.1', ipport: player.http.port, action: 'monitor' }
    expect(await run({ ...options, password: 'wrong-password' })).toMatchObject({ code: 1 })
    expect(await run(options)).toMatchObject({ code: 1, stderr: expect.stringContaining('wants a login') })
    await player.http.close()
  })

  test('auto_on makes an off temporary: off fails, reboot does not, monitor warns', async () => {
    const second = await playShelly2()
    second.autoOn = true
    const first = await playShelly1()
    first.autoOnSeconds = 60
    for (const [driver, player] of [
      ['shelly2', second],
      ['shelly1', first],
    ] as const) {
      const options = {
        driver,
        ip: '127.0.0.1',
        ipport: player.http.port,
        plug: 0,
        power_timeout: 3,
        method: 'onoff',
      }
      expect(await run({ ...options, action: 'off' })).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('timer'),
      })
      expect(await run({ ...options, action: 'reboot' })).toMatchObject({ code: 0 })
      expect(await run({ ...options, action: 'monitor' })).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('auto_on'),
      })
      await player.http.close()
    }
  })

  test('a reboot by the timer of the device brings the node back even if the device is not reached again', async () => {
    const player = await playShelly2()
    player.switched = () => {
      setTimeout(() => {
        player.http.fault = { kind: 'hang', afterBytes: -1 }
      }, 400)
    }
    const result = await run({
      driver: 'shelly2',
      ip: '127.0.0.1',
      ipport: player.http.port,
      plug: 0,
      action: 'reboot',
    })
    expect(result).toMatchObject({ code: 0 })
    expect(player.outlets[0]).toMatchObject({ on: true, cuts: 1 })
    await player.http.close()
  })
})

test.each([
  ['name', 'digest'],
  ['object id', 'digest'],
  ['name', 'basic'],
] as const)(
  'esphome addressed by %s with %s login; an assumed state is refused',
  async (addressing, login) => {
    const player = await playEsphome({ addressing, login, password: secret })
    const options = {
      driver: 'esphome',
      ip: '127.0.0.1',
      ipport: player.http.port,
      password: secret,
      action: 'off',
    }
    for (const plug of ['Rack_Left', 'Rack%20Left', 'Rack Left']) {
      player.outlets[0]?.set(true)
      expect(await run({ ...options, plug })).toMatchObject({ code: 0 })
      expect(player.outlets[0]).toMatchObject({ on: false })
    }
    player.assumedState = true
    expect(await run({ ...options, plug: 'Rack_Left' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('assumes'),
    })
    await player.http.close()
  },
)

test('redfish: PoweringOff is not off', async () => {
  const player = await playRedfish({ password: secret })
  player.poweringOffMs = 2500
  const options = {
    driver: 'redfish',
    ssl: 0,
    ip: '127.0.0.1',
    ipport: player.http.port,
    username: 'fence',
    password: secret,
    plug: 1,
  }
  const result = await run({ ...options, action: 'off' })
  expect(result).toMatchObject({ code: 0 })
  expect(result.ms).toBeGreaterThan(2500)
  await player.http.close()
})

describe.concurrent('poe', () => {
  test('nothing is switched for a node without poe_powers_node, or for a peripheral that is not alone', async () => {
    const player = await playPoe()
    const options = {
      driver: 'poe',
      ip: '127.0.0.1',
      ipport: player.port,
      community: poeLogin.community,
      action: 'reboot',
    }
    const refusals = [
      { plug: 1 },
      { plug: 1, peripheral_mac: 'a0:b7:65:00:00:01', nodename: 'node1' },
      { plug: 3, peripheral_mac: 'a0:b7:65:00:00:01' },
      { plug: 2, peripheral_mac: '02:00:00:00:00:02' },
    ]
    for (const more of refusals)
      expect(await run({ ...options, ...more })).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/nothing (done|switched)/),
      })
    expect(Object.values(player.state().ports).map(({ offs }) => offs)).toEqual([0, 0, 0, 0])
    expect(await run({ ...options, plug: 1, peripheral_mac: 'A0-B7-65-00-00-01' })).toMatchObject({ code: 0 })
    expect(player.state().ports['1']).toMatchObject({ admin: 1, offs: 1 })
    await player.close()
  })

  test.each([
    ['MD5', 'MD5'],
    ['SHA', 'SHA'],
    ['SHA256', 'SHA-256'],
    ['SHA512', 'SHA-512'],
  ] as const)('SNMPv3 with %s and AES against net-snmp, and both tables', async (ours, theirs) => {
    const player = await playPoe(theirs)
    const login = {
      snmp_version: 3,
      username: poeLogin.user,
      password: poeLogin.auth,
      snmp_auth_prot: ours,
      snmp_priv_passwd: poeLogin.privacy,
    }
    const options = {
      driver: 'poe',
      ip: '127.0.0.1',
      ipport: player.directPort,
      poe_powers_node: 1,
      ...login,
    }
    expect(await run({ ...options, plug: '1.3', action: 'off' })).toMatchObject({ code: 0 })
    expect(await run({ ...options, plug: '4', poe_mib: 'cisco', action: 'off' })).toMatchObject({ code: 0 })
    // net-snmp's own client reads what was done.
    const walked = execFileSync(
      'snmpwalk',
      [
        '-v2c',
        '-c',
        poeLogin.community,
        '-Oqv',
        `127.0.0.1:${player.directPort}`,
        '.1.3.6.1.2.1.105.1.1.1.3',
      ],
      { encoding: 'utf8', env: { PATH: '/usr/bin:/bin', MIBS: '' } },
    )
    expect(walked.trim().split('\n')).toEqual(['1', '1', '2', '2'])
    const wrongLogins = [
      { password: 'wrong-password' },
      { username: 'nobody' },
      { snmp_priv_passwd: 'wrong-password' },
    ]
    await Promise.all(
      wrongLogins.map(async wrong => {
        const refused = await run({ ...options, ...wrong, plug: '1', action: 'off', power_timeout: 4 })
        expect(refused.code).toBe(1)
        expect(refused.stderr).not.toContain('wrong-password')
      }),
    )
    expect(player.state().ports['1']).toMatchObject({ offs: 0 })
    await player.close()
  })
})

describe.concurrent('secrets', () => {
  test('a password comes from a script or from a closed file, and an open file is refused', async () => {
    const player = await playTasmota({ password: secret })
    const options = {
      driver: 'tasmota',
      ip: '127.0.0.1',
      ipport: player.http.port,
      plug: 1,
      action: 'status',
    }
    const file = join(scratch, 'password')
    writeFileSync(file, `${secret}\n`, { mode: 0o600 })
    expect(await run({ ...options, password_file: file })).toMatchObject({ code: 0 })
    chmodSync(file, 0o640)
    expect(await run({ ...options, password_file: file })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('0600'),
    })
    const script = join(scratch, 'script')
    writeFileSync(script, `#!/bin/sh\necho ${secret}\n`, { mode: 0o755 })
    expect(await run({ ...options, password_script: script })).toMatchObject({ code: 0 })
    writeFileSync(script, '#!/bin/sh\nsleep 60\n', { mode: 0o755 })
    const hung = await run({ ...options, password_script: script })
    expect(hung).toMatchObject({ code: 1, stderr: expect.stringContaining('did not end') })
    expect(hung.ms).toBeLessThan(5000)
    await player.http.close()
  })

  test('verbose and debug_file show every request and no secret', async () => {
    const debugFile = join(scratch, 'debug.log')
    const players = {
      tasmota: await playTasmota({ password: secret }),
      shelly2: await playShelly2({ password: secret }),
    }
    for (const [driver, player] of Object.entries(players)) {
      const options = {
        driver,
        ip: '127.0.0.1',
        ipport: player.http.port,
        password: secret,
        plug: driver === 'tasmota' ? 1 : 0,
      }
      const shown = await run({ ...options, action: 'off', verbose: 1, debug_file: debugFile })
      expect(shown).toMatchObject({ code: 0, stderr: expect.stringContaining('> GET') })
      expect(shown.stderr).not.toContain(secret)
      await player.http.close()
    }
    await new Promise(resolve => setTimeout(resolve, 300))
    const log = readFileSync(debugFile, 'utf8')
    expect(log).toContain('cmnd=Power1%20Off')
    expect(log).toContain('/rpc/Switch.Set')
    expect(log).not.toMatch(new RegExp(`${secret}|Digest|Basic`))
    expect(statSync(debugFile).mode & 0o777).toBe(0o600)
  })
})

describe('TLS', () => {
  const key = join(scratch, 'key.pem')
  const cert = join(scratch, 'cert.pem')
  beforeAll(() => {
    const subject = ['-subj', '/CN=bmc', '-addext', 'subjectAltName=IP:127.0.0.1']
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        '-keyout',
        key,
        '-out',
        cert,
        ...subject,
      ],
      { stdio: 'ignore' },
    )
  })

  test('a certificate is verified unless it is pinned, and a stranger gets no byte', async () => {
    const player = await playRedfish({
      password: secret,
      tls: { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') },
    })
    const options = {
      driver: 'redfish',
      ip: '127.0.0.1',
      ipport: player.http.port,
      username: 'fence',
      password: secret,
      plug: 1,
      action: 'status',
    }
    const fingerprint =
      execFileSync('openssl', ['x509', '-in', cert, '-noout', '-fingerprint', '-sha256'], {
        encoding: 'utf8',
      })
        .trim()
        .split('=')[1] ?? ''
    expect(await run(options)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('certificate not trusted'),
    })
    const pin = `${fingerprint[0] === '0' ? '1' : '0'}${fingerprint.slice(1)}`
    expect(await run({ ...options, ssl_fingerprint: pin })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing was sent'),
    })
    expect(player.http.requests).toEqual([])
    expect(await run({ ...options, ssl_fingerprint: fingerprint })).toMatchObject({ code: 0 })
    expect(await run({ ...options, ssl_ca_file: cert })).toMatchObject({ code: 0 })
    expect(await run({ ...options, ssl_insecure: 1 })).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('ssl_insecure'),
    })
    await player.http.close()
  })
})

describe('metadata', () => {
  const schema = '/usr/share/cluster/relaxng/metadata.rng'

  test('it is valid by the schema of fence-agents, and nothing but an action is sent for it', async () => {
    expect(existsSync(schema), 'the package fence-agents is installed').toBe(true)
    const { code, stdout } = await run('action=metadata\n')
    expect(code).toBe(0)
    const file = join(scratch, 'metadata.xml')
    writeFileSync(file, stdout)
    execFileSync('xmllint', ['--noout', '--relaxng', schema, file], { stdio: 'pipe' })
    expect(stdout).not.toContain('name="list"')
    expect(stdout).toContain('<parameter name="plug" unique="0" required="0" obsoletes="port">')
    expect(stdout).not.toContain('<parameter name="port"')
    expect(stdout.match(/required="1"/g)).toHaveLength(2)
  })

  test('the man page is one that man can format without a warning', async () => {
    const { stdout } = await run('action=manpage\n')
    const file = join(scratch, 'fence_homelab.8')
    writeFileSync(file, stdout)
    const warnings = execFileSync(
      '/bin/sh',
      ['-c', `man -l --warnings -E UTF-8 -Tutf8 -Z ${file} 2>&1 >/dev/null`],
      { encoding: 'utf8' },
    )
    expect(warnings).toBe('')
    expect(stdout).toContain('pcmk_host_map')
  })
})

test('a driver that was not chosen is not evaluated', async () => {
  const probe = join(scratch, 'probe.cjs')
  await build({
    stdin: {
      contents: `import { run } from './fence/fence-homelab.ts'
        process.on('exit', () => require('node:fs').writeSync(2, globalThis.noted.join(' ')))
        void run({ version: 'probe', metadataXml: '' })`,
      resolveDir: root,
    },
    plugins: [{ name: 'noting', setup: ({ onLoad }) => onLoad({ filter: /\/fence\/.*\.ts$/ }, noted) }],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: probe,
  })
  const player = await playTasmota()
  const options = { driver: 'tasmota', ip: '127.0.0.1', ipport: player.http.port, plug: 1, action: 'status' }
  const result = await runAgent(probe, options)
  await player.http.close()
  expect(result.code).toBe(0)
  expect(result.stderr).toContain('drivers/tasmota.ts')
  expect(result.stderr).not.toMatch(/drivers\/(?!tasmota)|snmp\/|metadata|manpage|argv-options|digest/)
})

/** A module that notes its own evaluation before it is evaluated. */
function noted({ path }: { readonly path: string }) {
  const name = JSON.stringify(path.slice(root.length + 1))
  const contents = `(globalThis.noted = globalThis.noted || []).push(${name})\n${readFileSync(path, 'utf8')}`
  return { contents, loader: 'ts' as const, resolveDir: dirname(path) }
}
