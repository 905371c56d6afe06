import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bareSockets } from '../../../lib/net/bare-sockets.ts'
import { type Connection, nodeSockets } from '../../../lib/net/connection.ts'
import { closedPort, type MisbehavingServer, serve } from './misbehaving-server.ts'
import { conversation, toldOnceConnected } from './told.ts'

let folder = ''
const servers: MisbehavingServer[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haha-connection-'))
})
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
  rmSync(folder, { recursive: true })
})

async function serving(...parts: Parameters<typeof serve>): Promise<number> {
  const server = await serve(...parts)
  servers.push(server)
  return server.port
}

const ways = [
  ['node:net', nodeSockets],
  [
    'the sockets below it',
    async () => {
      const bare = bareSockets(process.version)
      if (bare === undefined) throw new Error(`the sockets of ${process.version} are not known`)
      return bare
    },
  ],
] as const

describe.each(ways)('a connection by %s', (_, way) => {
  test.each(['text: ünï', Buffer.from('bytes')])('says and hears %s, and tells the end', async hello => {
    const port = await serving(socket => socket.on('data', chunk => socket.end(`heard ${chunk}`)))
    expect(await conversation(await way(), { host: '127.0.0.1', port }, hello)).toEqual([
      'connected',
      `heard ${hello}`,
      'ended',
    ])
  })

  test('goes over a unix socket as well', async () => {
    const path = join(folder, 'socket')
    await serving(socket => socket.on('data', () => socket.end('here')), path)
    expect(await conversation(await way(), { path })).toEqual(['connected', 'here', 'ended'])
  })

  test('hears more than one read holds', async () => {
    const port = await serving(socket => socket.end(Buffer.alloc(3_000_000, 'x')))
    const [connected, ...parts] = await conversation(await way(), { host: '127.0.0.1', port })
    expect([connected, parts.pop()]).toEqual(['connected', 'ended'])
    expect(parts.join('').length).toBe(3_000_000)
  })

  test('that is not possible is told by the name of its error, later', async () => {
    const connect = await way()
    const port = await closedPort()
    expect(await conversation(connect, { host: '127.0.0.1', port })).toEqual(['ECONNREFUSED'])
    expect(await conversation(connect, { path: join(folder, 'absent') })).toEqual(['ENOENT'])
    // No process of root or anybody else may connect a stream to a broadcast address.
    expect(await conversation(connect, { host: '255.255.255.255', port: 9 })).toEqual([
      expect.stringMatching(/^E[A-Z]+$/),
    ])
  })

  test('that breaks is told by the name of its error', async () => {
    const port = await serving(socket => socket.on('data', () => socket.resetAndDestroy()))
    expect(await conversation(await way(), { host: '127.0.0.1', port })).toEqual(['connected', 'ECONNRESET'])
  })

  test('tells nothing more once it is closed', async () => {
    const port = await serving(socket => socket.end('late'))
    const told = await toldOnceConnected(await way(), { host: '127.0.0.1', port }, connection => {
      connection.close()
      connection.close()
      connection.send('after the end')
    })
    expect(told).toEqual([])
  })

  test('is not to itself when somebody listens', async () => {
    const port = await serving(() => {})
    const connect = await way()
    const toItself = await new Promise<boolean>(resolve => {
      const connection: Connection = connect(
        { host: '127.0.0.1', port },
        {
          connected() {
            resolve(connection.isToItself())
            connection.close()
          },
          received() {},
          ended() {},
          failed() {},
        },
      )
    })
    expect(toItself).toBe(false)
  })
})

test('a build of node that is not known gets node:net', () => {
  for (const version of ['v16.20.2', 'v19.0.0', 'v24.11.0', 'v180.0.0'])
    expect(bareSockets(version), version).toBeUndefined()
})
