import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { afterEach, describe, expect, test } from 'vitest'
import { probeTarget } from '../../../../agents/network-peripheral/targets/probe-target.ts'
import {
  type ProbeLimits,
  parseTarget,
  type TargetScheme,
} from '../../../../agents/network-peripheral/targets/target.ts'
import { closedPort, type MisbehavingServer, serve } from '../../net/misbehaving-server.ts'

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

/** How long looks took is compared with a multiple of their deadline: machines of tests are busy. */
async function look(url: string, limits: ProbeLimits) {
  const target = parseTarget(url)
  if ('reason' in target) throw new Error(target.reason)
  const begin = performance.now()
  const answer = await probeTarget(target, limits)
  return { ...answer, milliseconds: performance.now() - begin }
}

async function serving(behave: Parameters<typeof serve>[0]): Promise<MisbehavingServer> {
  const server = await serve(behave)
  open.push(server)
  return server
}

const overTcp: readonly TargetScheme[] = ['esphome', 'mqtt', 'http', 'https', 'rtsp']

describe.each(overTcp)('%s', scheme => {
  test('is asked as often as the limits allow, and never beyond the deadline', async () => {
    const { port, heard } = await serving(() => {})
    const limits = { deadlineMs: 500, timeoutMs: 200, attempts: 10 }
    const { milliseconds, ...answer } = await look(`${scheme}://127.0.0.1:${port}`, limits)
    expect(answer).toEqual({ up: false, detail: expect.stringMatching(/no answer within 200 ms, 2 times$/) })
    expect(heard).toHaveLength(2)
    expect(milliseconds).toBeLessThan(1000)
  })

  test('has no more time for one try than the deadline leaves', async () => {
    const { port } = await serving(() => {})
    const limits = { deadlineMs: 150, timeoutMs: 5000, attempts: 3 }
    const { milliseconds, detail } = await look(`${scheme}://127.0.0.1:${port}`, limits)
    expect(detail).toContain('no answer within 150 ms')
    expect(milliseconds).toBeLessThan(1000)
  })

  test('tells a server that never ends its nonsense, at once', async () => {
    const { port } = await serving(socket => {
      const flood = () => {
        while (socket.writable && socket.write(Buffer.alloc(4096, 'x')));
      }
      socket.on('drain', flood)
      flood()
    })
    const limits = { deadlineMs: 3000, timeoutMs: 3000, attempts: 1 }
    const { milliseconds, up, detail } = await look(`${scheme}://127.0.0.1:${port}`, limits)
    expect({ up, lines: detail.split('\n').length }).toEqual({ up: false, lines: 1 })
    expect(detail).not.toContain('xx')
    expect(milliseconds).toBeLessThan(2000)
  })

  test('does not ask a port again on which nothing listens', async () => {
    const limits = { deadlineMs: 3000, timeoutMs: 1000, attempts: 3 }
    expect(await look(`${scheme}://127.0.0.1:${await closedPort()}`, limits)).toMatchObject({
      up: false,
      detail: expect.stringContaining('nothing listens there'),
    })
  })
})

describe('knx', () => {
  const response = Buffer.from(`0610020400${(6 + 0x36).toString(16)}3601${'0'.repeat(2 * 0x34)}`, 'hex')
  const limits = { deadlineMs: 500, timeoutMs: 200, attempts: 10 }

  function answering(answer: (socket: Socket, from: RemoteInfo) => void): Promise<string> {
    return new Promise(resolve => {
      const socket = createSocket('udp4')
      open.push(socket)
      socket.on('message', (_, from) => answer(socket, from))
      socket.bind(0, '127.0.0.1', () => resolve(`knx://127.0.0.1:${socket.address().port}`))
    })
  }

  test('is asked again when no answer comes, within the deadline', async () => {
    let asked = 0
    const url = await answering(() => {
      asked += 1
    })
    const { milliseconds, detail } = await look(url, limits)
    expect(detail).toBe(`${url} gave no answer within 200 ms, 2 times`)
    expect(asked).toBe(2)
    expect(milliseconds).toBeLessThan(1000)
  })

  test('is up when the second question is answered', async () => {
    let asked = 0
    const url = await answering((socket, from) => {
      asked += 1
      if (asked === 2) socket.send(response, from.port, from.address)
    })
    expect(await look(url, limits)).toMatchObject({ up: true })
  })

  test('passes over what somebody else sends, and takes the first answer of the peripheral', async () => {
    const stranger = createSocket('udp4')
    open.push(stranger)
    const url = await answering((_, from) => {
      stranger.send(response, from.port, from.address)
    })
    expect(await look(url, limits)).toMatchObject({ up: false, detail: expect.stringContaining('no answer') })
  })

  test('tells a port on which nothing listens at once', async () => {
    const url = await answering(() => {})
    for (const one of open.splice(0)) one.close()
    const { milliseconds, ...answer } = await look(url, limits)
    expect(answer).toEqual({ up: false, detail: `${url} refused: nothing listens there` })
    expect(milliseconds).toBeLessThan(1000)
  })
})
