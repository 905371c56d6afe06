import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HttpFailure, httpRequest } from '../../../lib/net/http.ts'
import { answering, closedPort, type MisbehavingServer, serve } from './misbehaving-server.ts'

const limit = { timeoutMs: 2000 }
let directory = ''
const servers: MisbehavingServer[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'haha-http-'))
})
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
  rmSync(directory, { recursive: true })
})

async function serving(...parts: Parameters<typeof serve>): Promise<MisbehavingServer> {
  const server = await serve(...parts)
  servers.push(server)
  return server
}

async function get(
  behave: Parameters<typeof serve>[0],
  more: { maxBytes?: number; timeoutMs?: number } = {},
) {
  const { port } = await serving(behave)
  return httpRequest({ host: '127.0.0.1', port }, { path: '/', ...limit, ...more })
}

async function failureOf(exchange: Promise<unknown>): Promise<HttpFailure> {
  const outcome = await exchange.then(
    () => 'a reply',
    (error: unknown) => error,
  )
  if (!(outcome instanceof HttpFailure)) throw new Error(`expected an HttpFailure, got ${String(outcome)}`)
  expect(outcome.message).not.toContain('\n')
  expect(outcome.message.length).toBeLessThan(200)
  return outcome
}

describe('a whole reply', () => {
  test('is told with status, headers and body', async () => {
    const reply = await get(
      answering('HTTP/1.0 201 Created\r\nX-One: a\r\nx-one: b\r\nContent-Length: 7\r\n\r\n{"a":1}'),
    )
    expect(reply.status).toBe(201)
    expect(reply.headers.get('x-one')).toBe('a, b')
    expect(reply.text()).toBe('{"a":1}')
    expect(reply.json()).toEqual({ a: 1 })
  })

  test('may end with the connection', async () => {
    expect((await get(answering('HTTP/1.0 200 OK\r\n\r\nhello'))).text()).toBe('hello')
  })

  test('is complete at its length although the server keeps the connection open', async () => {
    const reply = await get(socket => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
    expect(reply.text()).toBe('ok')
  })

  test('may come in chunks, cut at any byte, with the connection kept open', async () => {
    const text =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\n\r\n'
    const reply = await get(socket => {
      socket.setNoDelay(true)
      let sent = 0
      const timer = setInterval(() => {
        if (sent >= text.length || socket.destroyed) clearInterval(timer)
        else socket.write(text.charAt(sent))
        sent += 1
      }, 1)
    })
    expect(reply.text()).toBe('hello world')
  })

  test('is not awaited for a status that has no body', async () => {
    const reply = await get(socket => socket.write('HTTP/1.1 204 No Content\r\n\r\n'))
    expect(reply.status).toBe(204)
  })

  test('comes after 100 Continue', async () => {
    const reply = await get(answering('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nyes'))
    expect([reply.status, reply.text()]).toEqual([200, 'yes'])
  })

  test('is read from a device that ends its lines with bare line feeds', async () => {
    const reply = await get(answering('HTTP/1.0 200 OK\nServer: tiny\n\nyes'))
    expect([reply.headers.get('server'), reply.text()]).toEqual(['tiny', 'yes'])
  })
})

describe('the request', () => {
  test('carries method, path, headers and body over a unix socket', async () => {
    const socketPath = join(directory, 'engine.sock')
    const server = await serving(answering('HTTP/1.0 200 OK\r\n\r\n'), socketPath)
    await httpRequest(
      { socketPath },
      { method: 'POST', path: '/v1.41/x?a=b', headers: { 'Content-Type': 'a/b' }, body: 'é', ...limit },
    )
    expect(server.heard[0]).toBe(
      'POST /v1.41/x?a=b HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\nContent-Type: a/b\r\n' +
        'Content-Length: 2\r\n\r\n\xc3\xa9',
    )
  })

  test.each([[{ path: '/a b' }], [{ path: '/a\r\nX: y' }], [{ path: '/', headers: { A: 'b\r\nX: y' } }]])(
    'with a smuggled line is never sent: %j',
    async request => {
      const server = await serving(answering('HTTP/1.0 200 OK\r\n\r\n'))
      const exchange = httpRequest({ host: '127.0.0.1', port: server.port }, { ...request, ...limit })
      expect((await failureOf(exchange)).kind).toBe('broken')
      expect(server.heard).toEqual([])
    },
  )

  test('finds localhost without asking a name server', async () => {
    const server = await serving(answering('HTTP/1.0 200 OK\r\n\r\nhere'))
    const reply = await httpRequest({ host: 'localhost', port: server.port }, { path: '/', ...limit })
    expect(reply.text()).toBe('here')
  })
})

describe('a server that misbehaves', () => {
  test('never answers: the exchange ends at its limit', async () => {
    const begin = Date.now()
    const failure = await failureOf(get(() => {}, { timeoutMs: 300 }))
    expect(failure.kind).toBe('timeout')
    expect(failure.message).toMatch(/^no answer from 127\.0\.0\.1:\d+ within 300 ms$/)
    expect(Date.now() - begin).toBeLessThan(1000)
  })

  test('drips a byte at a time: the limit holds for the whole exchange', async () => {
    const begin = Date.now()
    const exchange = get(
      socket => {
        socket.write('HTTP/1.0 200 OK\r\nContent-Length: 100000\r\n\r\n')
        const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write('x')), 20)
      },
      { timeoutMs: 300 },
    )
    expect((await failureOf(exchange)).kind).toBe('timeout')
    expect(Date.now() - begin).toBeLessThan(1000)
  })

  test('sends a body without end: only so much is taken', async () => {
    const endless = get(
      socket => {
        socket.write('HTTP/1.0 200 OK\r\n\r\n')
        const pour = () => {
          while (!socket.destroyed && socket.write('x'.repeat(16_384)));
        }
        socket.on('drain', pour)
        pour()
      },
      { maxBytes: 100_000 },
    )
    expect((await failureOf(endless)).kind).toBe('too-large')
  })

  test('sends chunks without end: only so much is taken', async () => {
    const endless = get(
      socket => {
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
        const timer = setInterval(
          () => (socket.destroyed ? clearInterval(timer) : socket.write(`400\r\n${'x'.repeat(1024)}\r\n`)),
          1,
        )
      },
      { maxBytes: 5000 },
    )
    expect((await failureOf(endless)).kind).toBe('too-large')
  })

  test('announces more than is taken: refused before it is read', async () => {
    const failure = await failureOf(
      get(socket => socket.write('HTTP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n')),
    )
    expect(failure.kind).toBe('too-large')
  })

  test('sends headers without end', async () => {
    const endless = get(socket => socket.write(`HTTP/1.0 200 OK\r\nx: ${'y'.repeat(100_000)}`))
    expect((await failureOf(endless)).kind).toBe('broken')
  })

  test.each([
    ['cuts its body off', 'HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\nhalf'],
    ['cuts its chunks off', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel'],
    ['never sends the last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
    ['cuts its headers off', 'HTTP/1.0 200 OK\r\nContent-'],
    ['sends a chunk without a size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello'],
    ['sends a length that is no number', 'HTTP/1.0 200 OK\r\nContent-Length: -4\r\n\r\nhalf'],
    ['speaks another protocol', '220 mail ESMTP ready\r\n'],
    ['sends a status that is none', 'HTTP/1.0 twohundred\r\n\r\n'],
  ])('%s: broken, not taken for an answer', async (_, text) => {
    expect((await failureOf(get(answering(text)))).kind).toBe('broken')
  })

  test('closes without a word: reset', async () => {
    expect((await failureOf(get(socket => socket.end()))).kind).toBe('reset')
  })

  test('resets the connection: reset', async () => {
    expect((await failureOf(get(socket => socket.once('data', () => socket.resetAndDestroy())))).kind).toBe(
      'reset',
    )
  })

  test('answers something that is not JSON: json() says broken, text() tells it', async () => {
    const reply = await get(answering('HTTP/1.0 500 Oops\r\n\r\n<html>'))
    expect(reply.text()).toBe('<html>')
    expect(() => reply.json()).toThrow(/answered 500 with a body that is not JSON/)
  })
})

describe('a server that is not there', () => {
  test('refuses at once', async () => {
    const failure = await failureOf(
      httpRequest({ host: '127.0.0.1', port: await closedPort() }, { path: '/', ...limit }),
    )
    expect(failure.kind).toBe('refused')
  })

  test('has no socket file', async () => {
    const failure = await failureOf(
      httpRequest({ socketPath: join(directory, 'none') }, { path: '/', ...limit }),
    )
    expect(failure.kind).toBe('absent')
  })

  test('left its socket file behind when it was killed', async () => {
    const socketPath = join(directory, 'stale.sock')
    const script = `require('node:net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`
    await promisify(execFile)(process.execPath, ['-e', script]).catch(() => {})
    expect((await failureOf(httpRequest({ socketPath }, { path: '/', ...limit }))).kind).toBe('refused')
  })

  test('has a name that nobody knows', async () => {
    const failure = await failureOf(
      httpRequest({ host: 'no-such-host.invalid', port: 80 }, { path: '/', ...limit }),
    )
    expect(['unreachable', 'timeout']).toContain(failure.kind)
  })

  test('has a full queue: tried again until the limit', async () => {
    const socketPath = join(directory, 'full.sock')
    const holder = `import socket,sys,time
s = socket.socket(socket.AF_UNIX); s.bind(${JSON.stringify(socketPath)}); s.listen(0)
c = socket.socket(socket.AF_UNIX); c.connect(${JSON.stringify(socketPath)})
print('full', flush=True); sys.stdin.read()`
    const child = execFile('python3', ['-c', holder])
    try {
      await new Promise(resolve => child.stdout?.once('data', resolve))
      const failure = await failureOf(httpRequest({ socketPath }, { path: '/', timeoutMs: 300 }))
      expect(failure.kind).toBe('timeout')
    } finally {
      child.kill('SIGKILL')
    }
  })
})

describe('an encrypted connection', () => {
  async function tlsServer(run: (port: number) => Promise<void>): Promise<void> {
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    await promisify(execFile)('openssl', [
      ...args,
      '-keyout',
      key,
      '-out',
      cert,
      '-subj',
      '/CN=nas',
      '-days',
      '2',
    ])
    const { readFileSync } = await import('node:fs')
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, socket => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nsecret place'))
    })
    server.on('tlsClientError', () => {})
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    try {
      await run(address !== null && typeof address === 'object' ? address.port : 0)
    } finally {
      await new Promise(resolve => server.close(resolve))
    }
  }

  test('takes any certificate when told to, and only then', async () => {
    await tlsServer(async port => {
      const ask = (insecure: boolean) =>
        httpRequest({ host: '127.0.0.1', port, tls: { insecure } }, { path: '/', ...limit })
      expect((await ask(true)).text()).toBe('secret place')
      expect((await failureOf(ask(false))).kind).toBe('tls')
    })
  })

  test('is not there when the server speaks plain HTTP', async () => {
    const { port } = await serving(answering('HTTP/1.0 400 Bad\r\n\r\n'))
    const exchange = httpRequest(
      { host: '127.0.0.1', port, tls: { insecure: true } },
      { path: '/', ...limit },
    )
    expect((await failureOf(exchange)).kind).toBe('tls')
  })
})

test('a loaded machine whose limit and answer fall due together takes the answer', async () => {
  const script = `import { httpRequest } from ${JSON.stringify(new URL('../../../lib/net/http.ts', import.meta.url).href)}
const [port] = process.argv.slice(2).map(Number)
const reply = httpRequest({ host: '127.0.0.1', port }, { path: '/', timeoutMs: 300 })
setTimeout(() => { const end = Date.now() + 600; while (Date.now() < end); }, 100)
process.exitCode = (await reply).status === 200 ? 0 : 1`
  const file = join(directory, 'stall.mjs')
  writeFileSync(file, script)
  const server = await serving(socket => {
    socket.once('data', () => setTimeout(() => socket.end('HTTP/1.0 200 OK\r\n\r\n'), 200))
  })
  await promisify(execFile)(process.execPath, [file, String(server.port)])
})
