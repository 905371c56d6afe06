import { createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { askServer } from '../../../agents/nfs-ocfs2-export/ask-server.ts'
import { XdrWriter } from '../../../agents/nfs-ocfs2-export/xdr.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise(resolve => server.close(resolve))
})

/** The results of a compound: its status, then the operations that were done. */
function compound(status: number, operations: readonly (readonly [number, number, Buffer?])[]): Buffer {
  const writer = new XdrWriter().uint(status).text('').uint(operations.length)
  for (const [operation, result, handle] of operations) {
    writer.uint(operation).uint(result)
    if (handle !== undefined) writer.opaque(handle)
  }
  return writer.bytes()
}

function reply(xid: number, results: Buffer, accepted = 0): Buffer {
  const header = new XdrWriter()
    .uint(xid)
    .uint(1)
    .uint(0)
    .uint(0)
    .opaque(Buffer.alloc(0))
    .uint(accepted)
    .bytes()
  const record = Buffer.concat([header, results])
  return Buffer.concat([new XdrWriter().uint(0x8000_0000 + record.length).bytes(), record])
}

/** Answers the calls of one connection after another with these; then it is silent. */
async function server(...answers: readonly ((xid: number) => Buffer)[]): Promise<number> {
  let asked = 0
  const listening = createServer(socket => {
    socket.on('error', () => undefined)
    socket.on('data', call => {
      const answer = answers[asked++]
      // In two pieces, as TCP may bring it.
      if (answer === undefined) return
      const bytes = answer(call.readUInt32BE(4))
      socket.write(bytes.subarray(0, 7))
      setTimeout(() => socket.write(bytes.subarray(7)), 5)
    })
  })
  servers.push(listening)
  await new Promise<void>(resolve => listening.listen(0, '127.0.0.1', () => resolve()))
  const address = listening.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const handle = Buffer.from('0100010000000000', 'hex')
const lookup = (xid: number) =>
  reply(
    xid,
    compound(0, [
      [24, 0],
      [15, 0],
      [10, 0, handle],
    ]),
  )
const attributes = (xid: number) =>
  reply(
    xid,
    compound(0, [
      [22, 0],
      [9, 0],
    ]),
  )
const ask = (port: number, timeoutMs = 2000) =>
  askServer({ address: '127.0.0.1', port, path: '/srv', timeoutMs })

test('an export that is found and whose handle works is alive', async () => {
  expect(await ask(await server(lookup, attributes))).toMatchObject({ kind: 'alive' })
})

test('a handle that the server does not take any more is stale, though the look-up worked', async () => {
  const stale = (xid: number) => reply(xid, compound(70, [[22, 70]]))
  expect(await ask(await server(lookup, stale))).toMatchObject({
    kind: 'stale',
    reason: expect.stringContaining('NFS4ERR_STALE'),
  })
})

test('an export that is not shown is a failure that names it', async () => {
  const none = (xid: number) =>
    reply(
      xid,
      compound(2, [
        [24, 0],
        [15, 2],
      ]),
    )
  expect(await ask(await server(none))).toMatchObject({
    kind: 'failed',
    reason: expect.stringContaining('/srv'),
  })
})

test('a server that puts off is asked again and then told as waiting', async () => {
  const delay = (xid: number) =>
    reply(
      xid,
      compound(10_008, [
        [24, 0],
        [15, 10_008],
      ]),
    )
  expect(await ask(await server(delay, delay, delay, delay, delay), 1000)).toEqual({
    kind: 'waiting',
    status: 'NFS4ERR_DELAY',
  })
  expect(await ask(await server(delay, lookup, attributes))).toMatchObject({ kind: 'alive' })
})

test('a silent server is slow, within the time limit', async () => {
  const begin = performance.now()
  expect(await ask(await server(), 300)).toMatchObject({ kind: 'slow' })
  expect(performance.now() - begin).toBeLessThan(1500)
})

test('a refused connection is a failure at once', async () => {
  const port = await server()
  const [listening] = servers.splice(0)
  await new Promise(resolve => listening?.close(resolve))
  expect(await ask(port)).toMatchObject({ kind: 'failed', reason: expect.stringContaining('refuses') })
})

test.each([
  ['a server without NFS version 4', (xid: number) => reply(xid, Buffer.alloc(8), 2)],
  ['an answer to another call', (xid: number) => reply(xid + 1, compound(0, []))],
  ['an answer that is cut off', (xid: number) => reply(xid, Buffer.alloc(2))],
  ['a web server', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
])('%s is a failure', async (_, answer) => {
  expect(await ask(await server(answer))).toMatchObject({ kind: 'failed' })
})
