import { afterEach, describe, expect, test } from 'vitest'
import { addressInHosts } from '../../../lib/net/name-lookup.ts'
import { NotANetworkProbe, type ProbeTarget, parseProbeUrl, probe } from '../../../lib/net/probe.ts'
import { answering, closedPort, type MisbehavingServer, serve } from './misbehaving-server.ts'

const options = { timeoutMs: 300, tries: 1, pauseMs: 10 }
const servers: MisbehavingServer[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function serving(behave: Parameters<typeof serve>[0]): Promise<MisbehavingServer> {
  const server = await serve(behave)
  servers.push(server)
  return server
}

function target(url: string): ProbeTarget {
  const parsed = parseProbeUrl(url)
  if (parsed === undefined) throw new Error(`${url} was not understood`)
  return parsed
}

async function probed(scheme: string, behave: Parameters<typeof serve>[0], rest = '/') {
  const { port } = await serving(behave)
  return probe(target(`${scheme}://127.0.0.1:${port}${rest}`), options)
}

describe('the URL of a probe', () => {
  test.each([
    ['http://127.0.0.1:8123/', { scheme: 'http', host: '127.0.0.1', port: 8123, path: '/' }],
    ['HTTP://nas', { scheme: 'http', host: 'nas', port: 80, path: '/', isLiteralAddress: false }],
    ['https://10.0.0.5/api?x=1#top', { scheme: 'https', port: 443, path: '/api?x=1' }],
    ['http://nas?x=1', { host: 'nas', path: '/?x=1' }],
    ['http://nas/é%20x', { path: '/%C3%A9%20x' }],
    [
      'tcp://[::1]:1883',
      { scheme: 'tcp', host: '::1', port: 1883, isLiteralAddress: true, url: 'tcp://[::1]:1883' },
    ],
    ['mqtt://10.0.0.5', { scheme: 'mqtt', port: 1883, isLiteralAddress: true }],
    ['mqtt://10.0.0.5:1884/', { port: 1884 }],
    ['http://me:secret@10.0.0.5/x', { host: '10.0.0.5', url: 'http://10.0.0.5/x' }],
    ['exec:pg_isready%20-U%20%22a%20b%22', { scheme: 'exec', command: ['pg_isready', '-U', 'a b'] }],
  ])('%s is understood', (url, expected) => {
    expect(parseProbeUrl(url)).toMatchObject(expected)
  })

  test.each([
    [''],
    ['127.0.0.1:8123'],
    ['ftp://nas/'],
    ['tcp://nas'],
    ['tcp://nas:99999'],
    ['tcp://nas:0'],
    ['tcp://nas:80/path'],
    ['http://'],
    ['http://a b/'],
    ['http://nas/\r\nX: y'],
    ['http://1.2.3.4.5/'],
    ['http://.../'],
    ['http://999.1.1.1/'],
    ['http://[zz]/'],
    ['exec:'],
    ['exec:%20'],
    ['exec:a%zz'],
    ['exec:%22open'],
    ['exec:a%00b'],
    [`http://nas/${'x'.repeat(100_000)}`],
  ])('%j is not one', url => {
    expect(parseProbeUrl(url)).toBeUndefined()
  })
})

describe('http', () => {
  test.each([200, 204, 302, 401, 403])('%i is alive', async status => {
    expect(await probed('http', answering(`HTTP/1.0 ${status} Word\r\n\r\n`))).toMatchObject({ ok: true })
  })

  test.each([
    [404, false],
    [429, false],
    [500, true],
    [503, true],
  ])('%i is a failure, damped: %s', async (status, damped) => {
    const outcome = await probed('http', answering(`HTTP/1.0 ${status} Word\r\n\r\n`))
    expect(outcome).toMatchObject({
      ok: false,
      damped,
      reason: expect.stringMatching(new RegExp(`answered ${status}$`)),
    })
  })

  test('a page of any size is alive once its beginning has come', async () => {
    const outcome = await probed('http', socket => {
      socket.once('data', () =>
        socket.write(`HTTP/1.0 200 OK\r\nContent-Length: 9000000\r\n\r\n${'x'.repeat(70_000)}`),
      )
    })
    expect(outcome).toMatchObject({ ok: true })
  })

  test('headers without the page are no life: a hung service may still send those', async () => {
    const outcome = await probed('http', socket =>
      socket.write('HTTP/1.0 200 OK\r\nContent-Length: 900\r\n\r\nxx'),
    )
    expect(outcome).toMatchObject({ ok: false, damped: true })
  })

  test('a hung service is told with its URL, and its query, which may hold a key, is not', async () => {
    const outcome = await probed('http', () => {}, '/api?key=secret')
    expect(outcome).toMatchObject({
      ok: false,
      damped: true,
      reason: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/api\?\.\.\. gave no answer within 300 ms$/),
    })
  })

  test('another protocol counts at once', async () => {
    expect(await probed('http', answering('SSH-2.0-x\r\n'))).toMatchObject({ ok: false, damped: false })
  })
})

describe('tcp', () => {
  test('an accepted connection is alive', async () => {
    expect(await probed('tcp', () => {}, '')).toMatchObject({ ok: true })
  })

  test.each(['tcp', 'http', 'mqtt'])(
    'a refused %s connection counts at once and is not tried again',
    async scheme => {
      const begin = Date.now()
      const outcome = await probe(target(`${scheme}://127.0.0.1:${await closedPort()}`), {
        timeoutMs: 300,
        tries: 5,
        pauseMs: 1000,
      })
      expect(outcome).toMatchObject({ ok: false, damped: false, reason: expect.stringContaining('refused') })
      expect(Date.now() - begin).toBeLessThan(900)
    },
  )
})

describe('mqtt', () => {
  test.each([
    ['accepted', '20020000'],
    ['refused, not authorised', '20020005'],
    ['version 5', '2003008400'],
  ])('a CONNACK is alive: %s', async (_, hex) => {
    const server = await serving(socket => socket.once('data', () => socket.write(Buffer.from(hex, 'hex'))))
    const outcome = await probe(target(`mqtt://127.0.0.1:${server.port}`), options)
    expect(outcome).toMatchObject({ ok: true })
    await expect
      .poll(() => Buffer.from(server.heard[0] ?? '', 'latin1').toString('hex'))
      .toBe('100c00044d5154540402000a0000e000')
  })

  test('a CONNACK in two halves is alive', async () => {
    const outcome = await probed('mqtt', socket => {
      socket.setNoDelay(true)
      socket.once('data', () => {
        socket.write(Buffer.from('20', 'hex'))
        setTimeout(() => socket.write(Buffer.from('020000', 'hex')), 50)
      })
    })
    expect(outcome).toMatchObject({ ok: true })
  })

  test.each([
    [
      'another protocol',
      (socket: import('node:net').Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    ],
    ['a closed connection', (socket: import('node:net').Socket) => socket.end()],
    ['a reset', (socket: import('node:net').Socket) => socket.once('data', () => socket.resetAndDestroy())],
  ])('%s is a failure at once', async (_, behave) => {
    expect(await probed('mqtt', behave)).toMatchObject({ ok: false, damped: false })
  })

  test('a broker that accepts and says nothing is damped', async () => {
    expect(await probed('mqtt', () => {})).toMatchObject({ ok: false, damped: true })
  })
})

test('a time-out is tried again within the probe, and the service that answers then is alive', async () => {
  let connections = 0
  const server = await serving(socket => {
    connections += 1
    if (connections === 3) answering('HTTP/1.0 200 OK\r\n\r\n')(socket)
  })
  const outcome = await probe(target(`http://127.0.0.1:${server.port}/`), {
    timeoutMs: 100,
    tries: 3,
    pauseMs: 10,
  })
  expect([outcome.ok, connections]).toEqual([true, 3])
})

test('tries that all time out are one damped failure that says how many', async () => {
  const server = await serving(() => {})
  const outcome = await probe(target(`http://127.0.0.1:${server.port}/`), {
    timeoutMs: 50,
    tries: 3,
    pauseMs: 10,
  })
  expect(outcome).toMatchObject({
    ok: false,
    damped: true,
    reason: expect.stringMatching(/within 50 ms, 3 times$/),
  })
  expect(server.heard).toHaveLength(3)
})

test('a command is refused: only who knows the container can run it', async () => {
  await expect(probe(target('exec:true'), options)).rejects.toBeInstanceOf(NotANetworkProbe)
})

test('names in the hosts file are found in any case, IPv4 first, comments left out', () => {
  const hosts = '# 1.1.1.1 nas\n::1 nas\n10.0.0.5\tother NAS # 9.9.9.9 x\n'
  expect(addressInHosts('nas', hosts)).toBe('10.0.0.5')
  expect(addressInHosts('x', hosts)).toBeUndefined()
  expect(addressInHosts('localhost', '')).toBe('127.0.0.1')
})
