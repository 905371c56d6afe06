import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { startAsking } from '../../scripts/drill/asking.ts'
import { measureOutage } from '../../scripts/drill/outage.ts'

const AWAY_MS = 1_300
const ALLOWED_MS = 150
/** A machine that stands still between two questions makes the outage less certain, which the outage tells. */
const TRIES = 5

/** A service on the loopback that can go away in two ways. */
class PlayedService {
  #server: Server = this.#make()
  readonly #sockets = new Set<Socket>()
  #silent = false
  port = 0

  async open(): Promise<void> {
    this.#silent = false
    if (this.#server.listening) return
    this.#server = this.#make()
    await new Promise<void>(resolve => this.#server.listen(this.port, '127.0.0.1', resolve))
    const address = this.#server.address()
    if (typeof address === 'object' && address !== null) this.port = address.port
  }

  /** Questions are refused from now on. */
  async close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  /** Questions are taken and never answered, as by a node that lost its power. */
  hang(): void {
    this.#silent = true
  }

  #make(): Server {
    const server = createServer((_, response) => {
      if (!this.#silent) response.end('alive')
    })
    return server.on('connection', socket => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }
}

const service = new PlayedService()
afterEach(() => service.close())

test.each(['refuses', 'hangs'] as const)(
  'the outage of a service that %s is measured to less than 150 ms',
  async manner => {
    await service.open()
    const errors: number[] = []
    for (let tries = 1; tries <= TRIES && !errors.some(error => error < ALLOWED_MS); tries += 1) {
      const asking = startAsking([{ name: 'app', url: `http://127.0.0.1:${service.port}/` }])
      try {
        const begunMs = Date.now()
        while (!asking.steady(begunMs)) await pause(20)
        const goneMs = Date.now()
        if (manner === 'refuses') await service.close()
        else service.hang()
        await pause(AWAY_MS)
        await service.open()
        const backMs = Date.now()
        while (!asking.steady(backMs)) await pause(20)
        const outage = measureOutage(asking.answers, 'app', begunMs, Date.now())
        const measured = (outage?.toMs ?? Number.NaN) - (outage?.fromMs ?? Number.NaN)
        const error = Math.abs(measured - (backMs - goneMs))
        expect(error).toBeLessThanOrEqual((outage?.errorMs ?? 0) + 30)
        errors.push(error)
      } finally {
        asking.stop()
      }
    }
    expect(Math.min(...errors), `errors in ms: ${errors.join(', ')}`).toBeLessThan(ALLOWED_MS)
  },
)
