import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../../../scripts/bundle.ts'
import { npmTree } from '../../../scripts/engine/npm.ts'
import { playEsphome } from '../players/esphome.ts'
import { playKasa } from '../players/kasa.ts'
import { playNetio } from '../players/netio.ts'
import { playRedfish } from '../players/redfish.ts'
import { playShelly1 } from '../players/shelly1.ts'
import { playShelly2 } from '../players/shelly2.ts'
import { playTasmota } from '../players/tasmota.ts'
import { bundleFenceHomelab, runAgent } from './bundle.ts'

const secret = 'hunter2'
let bundle: Awaited<ReturnType<typeof bundleFenceHomelab>>
const scratch = mkdtempSync(join(tmpdir(), 'fence-foreign-'))

beforeAll(async () => {
  bundle = await bundleFenceHomelab()
})
afterAll(() => {
  bundle?.remove()
  rmSync(scratch, { recursive: true, force: true })
})

function curl(...args: readonly string[]): Promise<string> {
  const child = spawn('curl', ['-s', '--max-time', '5', ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  child.stdout.on('data', (part: Buffer) => {
    text += part.toString('utf8')
  })
  return new Promise(resolve => child.on('close', () => resolve(text)))
}

test('curl switches every played HTTP device off by its documented request and login', async () => {
  const players = {
    tasmota: await playTasmota({ password: secret }),
    shelly2: await playShelly2({ password: secret }),
    shelly1: await playShelly1({ password: secret }),
    esphome: await playEsphome({ password: secret }),
    netio: await playNetio({ password: secret }),
    redfish: await playRedfish({ password: secret }),
  }
  const at = (name: keyof typeof players) => `http://127.0.0.1:${players[name].http.port}`
  await curl(`${at('tasmota')}/cm?user=admin&password=${secret}&cmnd=Power%20Off`)
  await curl('--digest', '-u', `admin:${secret}`, `${at('shelly2')}/rpc/Switch.Set?id=0&on=false`)
  await curl('-u', `admin:${secret}`, `${at('shelly1')}/relay/0?turn=off`)
  await curl('--digest', '-u', `admin:${secret}`, '-d', '', `${at('esphome')}/switch/Rack%20Left/turn_off`)
  await curl('-u', `netio:${secret}`, '-d', '{"Outputs":[{"ID":1,"Action":0}]}', `${at('netio')}/netio.json`)
  await curl(
    '-u',
    `fence:${secret}`,
    '-d',
    '{"ResetType":"ForceOff"}',
    `${at('redfish')}/redfish/v1/Systems/1/Actions/ComputerSystem.Reset`,
  )
  await new Promise(resolve => setTimeout(resolve, 400))
  for (const [name, { http, outlets }] of Object.entries(players)) {
    expect({ name, on: outlets[0]?.on }).toEqual({ name, on: false })
    await http.close()
  }
})

test('curl with a wrong password switches nothing', async () => {
  const player = await playShelly2({ password: secret })
  await curl(
    '--digest',
    '-u',
    'admin:wrong',
    `http://127.0.0.1:${player.http.port}/rpc/Switch.Set?id=0&on=false`,
  )
  expect(player.outlets[0]).toMatchObject({ on: true })
  await player.http.close()
})

test('tplink-smarthome-api switches one outlet of the played Kasa strip off, and reads it back', async () => {
  const tree = await npmTree(join(root, 'test/foreign'))
  const player = await playKasa()
  const script = `
    const { Client } = require(process.argv[1] + '/node_modules/tplink-smarthome-api')
    const sending = { transport: 'tcp', timeout: 3000 }
    const address = { host: '127.0.0.1', port: Number(process.argv[2]), childId: '01' }
    new Client({ defaultSendOptions: sending }).getDevice(address).then(async outlet => {
      await outlet.setPowerState(false)
      process.stdout.write(outlet.alias + ' ' + String(await outlet.getPowerState()))
    })`
  const { stdout } = await promisify(execFile)(process.execPath, [
    '-e',
    script,
    tree,
    String(player.http.port),
  ])
  expect(stdout).toBe('Outlet 2 false')
  expect(player.outlets.map(({ on }) => on)).toEqual([true, false])
  await player.http.close()
})

test.each(['SHA-256', 'MD5'])(
  'lighttpd, a digest server of other authors, accepts our %s login and no wrong one',
  async algorithm => {
    const port = await freePort()
    const documents = join(scratch, algorithm)
    mkdirSync(join(documents, 'rpc'), { recursive: true })
    writeFileSync(join(documents, 'rpc/Switch.GetStatus'), '{"id":0,"output":true}')
    const realm = 'played'
    const hash = algorithm === 'MD5' ? 'md5' : 'sha256'
    const digest = execFileSync('openssl', ['dgst', `-${hash}`, '-r'], {
      input: `admin:${realm}:${secret}`,
      encoding: 'utf8',
    })
    const users = join(documents, 'users')
    writeFileSync(users, `admin:${realm}:${digest.split(' ')[0]}\n`)
    const conf = join(documents, 'lighttpd.conf')
    writeFileSync(
      conf,
      `server.modules = ("mod_auth", "mod_authn_file")
server.bind = "127.0.0.1"
server.port = ${port}
server.document-root = "${documents}"
auth.backend = "htdigest"
auth.backend.htdigest.userfile = "${users}"
auth.require = ("/" => ("method" => "digest", "realm" => "${realm}", "require" => "valid-user", "algorithm" => "${algorithm}"))
`,
    )
    const server = spawn('/usr/sbin/lighttpd', ['-D', '-f', conf], { stdio: 'ignore' })
    try {
      await listening(port)
      const options = { driver: 'shelly2', ip: '127.0.0.1', ipport: port, plug: 0, action: 'status' }
      expect(await runAgent(bundle.path, { ...options, password: secret })).toMatchObject({
        code: 0,
        stdout: 'Status: ON\n',
      })
      expect(await runAgent(bundle.path, { ...options, password: 'wrong' })).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('refuses the login'),
      })
    } finally {
      const ended = new Promise(resolve => server.on('close', resolve))
      server.kill('SIGKILL')
      await ended
    }
  },
)

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 50; tries += 1) {
    if ((await curl('-o', '/dev/null', '-w', '%{http_code}', `http://127.0.0.1:${port}/`)) !== '000') return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('lighttpd did not come up')
}
