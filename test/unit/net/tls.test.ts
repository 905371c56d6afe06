import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { bareTls } from '../../../lib/net/bare-tls.ts'
import { nodeTls } from '../../../lib/net/tls.ts'
import { answering, closedPort, serve } from './misbehaving-server.ts'
import { conversation, toldOnceConnected } from './told.ts'

let folder = ''
let identity = { key: '', cert: '' }
const closing: (() => Promise<unknown>)[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'haha-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=nas', '-days', '2']
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  identity = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
afterAll(() => rmSync(folder, { recursive: true }))

/** An encrypting server; `behave` has each connection that came through its handshake. */
async function encrypting(behave: (socket: TLSSocket) => void, options: TlsOptions = {}): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer({ ...identity, ...options }, socket => {
    socket.on('error', () => {})
    behave(socket)
  })
  server.on('connection', socket => sockets.add(socket))
  server.on('tlsClientError', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise(resolve => server.close(resolve))
  })
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

async function plain(behave: (socket: Socket) => void): Promise<number> {
  const server = await serve(behave)
  closing.push(() => server.close())
  return server.port
}

const answer = (socket: Socket) => socket.once('data', asked => socket.end(`heard ${asked}`))

const at = (port: number) => ({ host: '127.0.0.1', port })

const ways = [
  ['node:tls', (servername?: string) => nodeTls({ insecure: true, servername })],
  [
    'what lies below it',
    async (servername?: string) => {
      const bare = bareTls(process.version, servername)
      if (bare === undefined) throw new Error(`the encryption of ${process.version} is not known`)
      return bare
    },
  ],
] as const

describe.each(ways)('an encrypted connection by %s', (_, way) => {
  test.each(['text: ünï', Buffer.from('bytes')])('says and hears %s, and tells the end', async hello => {
    const port = await encrypting(answer)
    expect(await conversation(await way(), at(port), hello)).toEqual(['connected', `heard ${hello}`, 'ended'])
  })

  test.each<[string, TlsOptions]>([
    ['TLS 1.3 alone', { minVersion: 'TLSv1.3' }],
    ['TLS 1.2 alone', { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }],
    ['TLS 1.0 alone', { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }],
    ['one old cipher', { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' }],
  ])('agrees with a server that speaks %s', async (_name, options) => {
    const port = await encrypting(answer, options)
    expect(await conversation(await way(), at(port))).toEqual(['connected', 'heard hello', 'ended'])
  })

  test('asks for the server by name, or for none', async () => {
    const names: unknown[] = []
    const port = await encrypting(socket => {
      names.push(socket.servername)
      answer(socket)
    })
    await conversation(await way('nas.lan'), at(port))
    await conversation(await way(), at(port))
    expect(names).toEqual(['nas.lan', false])
  })

  test('hears more than one record holds', async () => {
    const port = await encrypting(socket => socket.end(Buffer.alloc(3_000_000, 'x')))
    const [connected, ...parts] = await conversation(await way(), at(port))
    expect([connected, parts.pop()]).toEqual(['connected', 'ended'])
    expect(parts.join('').length).toBe(3_000_000)
  })

  test('is refused where nothing listens', async () => {
    expect(await conversation(await way(), at(await closedPort()))).toEqual(['ECONNREFUSED'])
  })

  test('fails when the server speaks plain HTTP', async () => {
    const port = await plain(answering('HTTP/1.0 400 Bad\r\n\r\n'))
    expect(await conversation(await way(), at(port))).toEqual(['connected', 'EPROTO'])
  })

  test('fails when the server agrees to no cipher', async () => {
    const port = await encrypting(answer, { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_CCM_SHA256' })
    expect(await conversation(await way(), at(port))).toEqual(['connected', 'EPROTO'])
  })

  test('breaks when the server does in the middle of the handshake', async () => {
    const port = await plain(socket => socket.on('data', () => socket.resetAndDestroy()))
    expect(await conversation(await way(), at(port))).toEqual(['connected', 'ECONNRESET'])
  })

  test('tells nothing more once it is closed in the middle of the handshake', async () => {
    const port = await encrypting(answer)
    const told = await toldOnceConnected(await way(), at(port), connection => {
      connection.send('hello')
      setImmediate(() => connection.close())
    })
    expect(told).toEqual([])
  })
})
