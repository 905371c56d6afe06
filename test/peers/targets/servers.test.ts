import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../../scripts/bundle.ts'
import { npmTree } from '../../../scripts/engine/npm.ts'
import { eventually } from '../eventually.ts'
import { debianPrograms } from './debian-programs.ts'
import { look } from './looks.ts'

const scratch = mkdtempSync(join(tmpdir(), 'targets-servers-'))
const running: (() => Promise<void>)[] = []
let programs: Awaited<ReturnType<typeof debianPrograms>>

beforeAll(async () => {
  programs = await debianPrograms()
  // Mosquitto gives root up and still has to read its files.
  chmodSync(scratch, 0o755)
}, 300_000)
afterEach(async () => {
  for (const stop of running.splice(0)) await stop()
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** Starts a server and gives what it has printed so far. */
function serving(program: string, args: readonly string[]): () => string {
  const child = spawn(program, args, { cwd: scratch, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => {
      text += part.toString('utf8')
    })
  const ended = new Promise<void>(resolve => {
    child.on('error', () => resolve())
    child.on('close', () => resolve())
  })
  running.push(() => {
    child.kill('SIGKILL')
    return ended
  })
  return () => text
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** One try alone, however busy this machine is: servers count what they see. */
const patient = { timeoutMs: 5000, deadlineMs: 5000, attempts: 1 }

async function upSoon(url: string) {
  return await eventually(async () => {
    const answer = await look(url, patient)
    expect(answer).toMatchObject({ up: true })
    return answer
  }, 10_000)
}

describe('Mosquitto', () => {
  async function mosquitto(lines: readonly string[]) {
    const port = await freePort()
    const file = join(scratch, `mosquitto-${port}.conf`)
    writeFileSync(file, ['log_type all', `listener ${port} 127.0.0.1`, ...lines, ''].join('\n'))
    return { url: `mqtt://127.0.0.1:${port}`, log: serving(programs.mosquitto, ['-v', '-c', file]) }
  }

  test('answers looks of three nodes side by side, none of which throws another one out', async () => {
    const { url, log } = await mosquitto(['allow_anonymous true'])
    await upSoon(url)
    const answers = await Promise.all([look(url, patient), look(url, patient), look(url, patient)])
    for (const answer of answers)
      expect(answer).toMatchObject({ up: true, detail: expect.stringContaining('accepts') })
    await eventually(async () => expect(log().match(/disconnected\.$/gm) ?? []).toHaveLength(4), 3000)
    expect(log()).not.toMatch(/already connected|closed its connection|protocol error/i)
  })

  test('is up though it refuses the anonymous, and takes the login that it is given', async () => {
    const passwords = join(scratch, 'passwords')
    await execa(programs.mosquittoPasswd, ['-b', '-c', passwords, 'probe', 'hunter2'])
    chmodSync(passwords, 0o644)
    const { url } = await mosquitto(['allow_anonymous false', `password_file ${passwords}`])
    const { detail } = await upSoon(url)
    expect(detail).toContain('refuses')
    const mqttLogin = { username: 'probe', password: 'hunter2' }
    expect((await look(url, { ...patient, mqttLogin })).detail).toContain('accepts')
    const wrong = await look(url, { ...patient, mqttLogin: { username: 'probe', password: 'wrong-secret' } })
    expect(wrong).toMatchObject({ up: true, doubt: expect.stringContaining('mend mqtt_login_file') })
    expect(`${wrong.detail}${wrong.doubt}`).not.toContain('wrong-secret')
  })

  test('is down while it is stopped, and nothing hangs', async () => {
    const port = await freePort()
    const child = spawn(programs.mosquitto, ['-p', String(port)], { stdio: 'ignore' })
    const ended = new Promise<void>(resolve => child.on('close', () => resolve()))
    running.push(() => {
      child.kill('SIGKILL')
      return ended
    })
    await upSoon(`mqtt://127.0.0.1:${port}`)
    child.kill('SIGSTOP')
    const answer = await look(`mqtt://127.0.0.1:${port}`)
    expect(answer).toMatchObject({ up: false, detail: expect.stringContaining('400 ms, 3 times') })
    expect(answer.milliseconds).toBeLessThan(2500)
    child.kill('SIGCONT')
    expect(await look(`mqtt://127.0.0.1:${port}`)).toMatchObject({ up: true })
  })
})

test('aedes, a broker of other authors, takes the look for a client and sees it leave', async () => {
  const tree = await npmTree(join(root, 'test/foreign'))
  const port = await freePort()
  const script = `
    import { createServer } from 'node:net'
    const { Aedes } = await import(process.argv[1] + '/node_modules/aedes/aedes.js')
    const broker = await Aedes.createBroker()
    broker.on('clientReady', ({ id }) => console.log('ready', id === '' ? 'nameless' : 'named'))
    broker.on('clientError', (_, error) => console.log('error', error.message))
    broker.on('connectionError', (_, error) => console.log('error', error.message))
    broker.on('clientDisconnect', () => console.log('left'))
    createServer(broker.handle).listen(Number(process.argv[2]), '127.0.0.1')`
  const log = serving(process.execPath, ['--input-type=module', '-e', script, tree, String(port)])
  await upSoon(`mqtt://127.0.0.1:${port}`)
  await eventually(async () => expect(log()).toMatch(/^ready \w+\nleft\n$/), 3000)
})

test('an RTSP server of other authors is up, with a stream that wants a login and with none', async () => {
  const tree = await npmTree(join(root, 'test/foreign'))
  const port = await freePort()
  const script = `
    const rtsp = require(process.argv[1] + '/node_modules/rtsp-server')
    const server = rtsp.createServer((request, response) => {
      console.log(request.method, request.url ?? request.uri)
      response.statusCode = { '/door': 401, '/none': 404, '/broken': 500 }[new URL(request.url ?? request.uri).pathname] ?? 200
      response.end()
    })
    server.listen(Number(process.argv[2]), '127.0.0.1')`
  const log = serving(process.execPath, ['-e', script, tree, String(port)])
  const url = `rtsp://127.0.0.1:${port}`
  await upSoon(`${url}/stream1`)
  for (const [path, status] of [
    ['door', 401],
    ['none', 404],
  ] as const)
    expect(await look(`${url}/${path}`)).toMatchObject({
      up: true,
      detail: expect.stringContaining(`status ${status}`),
    })
  expect(await look(`${url}/broken?user=hunter2`)).toMatchObject({
    up: false,
    detail: expect.stringContaining(`${url}/broken?... answered 500`),
  })
  expect(log()).toContain(`OPTIONS ${url}/stream1\n`)
})

test('knxd tells its name and address, and none of its tunnels is taken', async () => {
  const port = await freePort()
  const file = join(scratch, 'knxd.ini')
  const sections = {
    main: ['addr = 1.1.250', 'client-addrs = 1.1.251:1', 'name = knxd-here', 'connections = server,bus'],
    server: ['server = ets_router', `port = ${port}`, 'interface = lo', 'discover = true', 'tunnel = tunnel'],
    tunnel: [],
    bus: ['driver = dummy'],
  }
  const text = Object.entries(sections).map(([name, lines]) => `[${name}]\n${lines.join('\n')}\n`)
  writeFileSync(file, text.join(''))
  serving(programs.knxd, [file])
  const { detail } = await upSoon(`knx://127.0.0.1:${port}`)
  expect(detail).toContain('knxd-here (1.1.250)')
  for (let times = 0; times < 5; times += 1)
    expect(await look(`knx://127.0.0.1:${port}`)).toMatchObject({ up: true })
})

test('lighttpd is up over HTTP, and a page that it does not have is not', async () => {
  const port = await freePort()
  const file = join(scratch, 'lighttpd.conf')
  writeFileSync(join(scratch, 'index.html'), 'here')
  writeFileSync(
    file,
    `server.bind = "127.0.0.1"\nserver.port = ${port}\nserver.document-root = "${scratch}"\n`,
  )
  serving('/usr/sbin/lighttpd', ['-D', '-f', file])
  await upSoon(`http://127.0.0.1:${port}/index.html`)
  expect(await look(`http://127.0.0.1:${port}/none?key=hunter2`)).toMatchObject({
    up: false,
    detail: `http://127.0.0.1:${port}/none?... answered 404`,
  })
})
