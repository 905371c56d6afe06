import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

/** How a player misbehaves. `times` limits it to the first requests, after which it behaves. */
export type Fault =
  | { readonly kind: 'none' }
  /** Nobody listens. */
  | { readonly kind: 'refuse' }
  /** The connection is closed when the request is in, unanswered. */
  | { readonly kind: 'drop'; readonly times?: number }
  /** So many bytes of the answer are sent, then nothing more; -1: not even the request is obeyed. */
  | { readonly kind: 'hang'; readonly afterBytes: number }
  /** The answer comes late. */
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'status'; readonly status: number; readonly times?: number }
  /** The answer is cut off in the middle of a body that pretends to be complete. */
  | { readonly kind: 'half-json' }
  | { readonly kind: 'wrong-json'; readonly body: string }

export interface PlayedRequest {
  readonly method: string
  /** Path without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Path and query as received. */
  readonly url: string
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export interface PlayedReply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

export interface HttpPlayer {
  readonly port: number
  fault: Fault
  readonly requests: PlayedRequest[]
  /** Stops listening for a while, as a device that reboots. */
  absent(ms: number): Promise<void>
  close(): Promise<void>
}

/** A server on loopback that speaks just enough HTTP/1.1 to be precise about every byte of it. */
export async function playHttp(
  answer: (request: PlayedRequest) => PlayedReply,
  options: { readonly tls?: { readonly key: string; readonly cert: string } } = {},
): Promise<HttpPlayer> {
  const open = new Set<Socket>()
  const timers = new Set<NodeJS.Timeout>()
  const serve = (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    let received = Buffer.alloc(0)
    socket.on('data', (part: Buffer) => {
      received = Buffer.concat([received, part])
      const request = completeRequest(received)
      if (request === undefined) return
      received = Buffer.alloc(0)
      obey(socket, request)
    })
  }
  const obey = (socket: Socket, request: PlayedRequest) => {
    player.requests.push(request)
    const { fault } = player
    if ('times' in fault && fault.times !== undefined)
      player.fault = fault.times <= 1 ? { kind: 'none' } : { ...fault, times: fault.times - 1 }
    if (fault.kind === 'drop') return void socket.destroy()
    if (fault.kind === 'hang' && fault.afterBytes < 0) return
    if (fault.kind === 'status')
      return void socket.end(bytesOf({ status: fault.status, body: '{"error":"played"}' }))
    const reply = answer(request)
    const bytes = bytesOf(reply)
    if (fault.kind === 'hang') return void socket.write(bytes.subarray(0, fault.afterBytes))
    if (fault.kind === 'wrong-json') return void socket.end(bytesOf({ ...reply, body: fault.body }))
    if (fault.kind === 'half-json')
      return void socket.end(
        bytesOf({ ...reply, body: reply.body.slice(0, Math.ceil(reply.body.length / 2)) }),
      )
    if (fault.kind !== 'slow') return void socket.end(bytes)
    const timer = setTimeout(() => {
      timers.delete(timer)
      socket.end(bytes)
    }, fault.ms)
    timers.add(timer)
  }
  const server: Server = options.tls === undefined ? createServer(serve) : createTlsServer(options.tls, serve)
  server.on('connection', (socket: Socket) => open.add(socket))
  const port = await listen(server, 0)
  let hidden = false
  const hide = async () => {
    if (hidden) return
    hidden = true
    for (const socket of open) socket.destroy()
    await new Promise<void>(resolve => server.close(() => resolve()))
  }
  let current: Fault = { kind: 'none' }
  const player: HttpPlayer = {
    port,
    requests: [],
    get fault() {
      return current
    },
    set fault(fault) {
      current = fault
      if (fault.kind === 'refuse') void hide()
    },
    async absent(ms) {
      await hide()
      const timer = setTimeout(() => {
        timers.delete(timer)
        void listen(server, port).then(() => {
          hidden = false
        })
      }, ms)
      timers.add(timer)
    },
    async close() {
      for (const timer of timers) clearTimeout(timer)
      await hide()
    },
  }
  return player
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(portOf(server.address())))
  })
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP')
  return address.port
}

function completeRequest(received: Buffer): PlayedRequest | undefined {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n')
  const headers = new Map(
    lines.map(line => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
    }),
  )
  const length = Number(headers.get('content-length') ?? 0)
  const body = received.subarray(end + 4)
  if (body.length < length) return undefined
  const [method = '', url = ''] = first.split(' ')
  const parsed = new URL(url, 'http://player')
  return {
    method,
    url,
    path: decodeURIComponent(parsed.pathname),
    query: parsed.searchParams,
    headers,
    body: body.subarray(0, length).toString('utf8'),
  }
}

function bytesOf({ status = 200, headers = {}, body }: PlayedReply): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const content = Buffer.from(body)
  const head = `HTTP/1.1 ${status} played\r\n${lines.join('')}Content-Length: ${content.length}\r\nConnection: close\r\n\r\n`
  return Buffer.concat([Buffer.from(head), content])
}
