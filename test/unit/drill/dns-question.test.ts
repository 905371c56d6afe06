import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { askNameServer } from '../../../scripts/drill/dns-question.ts'

const LIMIT_MS = 300

let server: Socket | undefined
afterEach(() => server?.close())

/** A name server that answers every question with this response code; without one it is silent. */
async function answering(code: number | undefined): Promise<number> {
  const socket = createSocket('udp4')
  server = socket
  socket.on('message', (question, { port, address }) => {
    if (code === undefined) return
    const answer = Buffer.from(question)
    answer.writeUInt16BE(0x8180 | code, 2)
    socket.send(answer, port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket.address().port
}

test.each([
  ['says that there is no such name', 3, true],
  ['has no address for the name', 0, true],
  ['fails', 2, false],
  ['refuses', 5, false],
  ['is silent', undefined, false],
] as const)('a name server that %s', async (_, code, alive) => {
  const port = await answering(code)
  expect(await askNameServer({ server: '127.0.0.1', port, name: 'home.arpa' }, LIMIT_MS)).toBe(alive)
})
