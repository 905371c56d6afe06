import type { AddressInfo, Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

/** How a player misbehaves. `times` limits it to the first requests, after which it behaves. */
export type Fault =
  | { readonly kind: 'none' }
  /** Nobody listens. */
  | { readonly kind: 'refuse' }
  /** The connection is closed when the request is in, unanswered and not obeyed. */
  | { readonly kind: 'drop'; readonly times?: number }
  /** The request is obeyed, and its answer is lost. */
  | { readonly kind: 'lost-answer'; readonly times?: number }
  /** So many bytes of the answer are sent, then nothing more; -1: not even the request is obeyed. */
  | { readonly kind: 'hang'; readonly afterBytes: number }
  /** The answer comes late. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** An HTTP status instead of an answer. */
  | { readonly kind: 'status'; readonly status: number; readonly times?: number }
  /** The answer is cut off in the middle of a body that pretends to be complete. */
  | { readonly kind: 'half' }
  /** Something else instead of the answer. */
  | { readonly kind: 'instead'; readonly body: string }

export interface PlayerPlace {
  readonly host: string
  readonly port: number
}

export interface TcpPlayer {
  readonly port: number
  fault: Fault
  /** Stops listening for a while, as a device that reboots. */
  absent(ms: number): void
  close(): Promise<void>
}

/** A server that is precise about every byte of its answers. One request a connection. */
export async function playTcp<Request>(protocol: {
  /** The request, once all of it was received. */
  readonly complete: (received: Buffer) => Request | undefined
  readonly obey: (request: Request, fault: Fault) => Buffer | Promise<Buffer>
  /** Default: a free port of loopback. */
  readonly place?: PlayerPlace
  readonly tls?: { readonly key: string; readonly cert: string }
}): Promise<TcpPlayer> {
  const open = new Set<Socket>()
  const timers = new Set<NodeJS.Timeout>()
  const later = (ms: number, act: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      act()
    }, ms)
    timers.add(timer)
  }
  const answer = async (socket: Socket, request: Request): Promise<void> => {
    const { fault } = player
    if ('times' in fault && fault.times !== undefined)
      player.fault = fault.times <= 1 ? { kind: 'none' } : { ...fault, times: fault.times - 1 }
    if (fault.kind === 'drop') return void socket.destroy()
    if (fault.kind === 'hang' && fault.afterBytes < 0) return
    const bytes = await protocol.obey(request, fault)
    if (fault.kind === 'lost-answer') return void socket.destroy()
    if (fault.kind === 'hang') return void socket.write(bytes.subarray(0, fault.afterBytes))
    if (fault.kind === 'slow') return later(fault.ms, () => socket.end(bytes))
    socket.end(bytes)
  }
  const serve = (socket: Socket) => {
    socket.on('error', () => socket.destroy())
    let received = Buffer.alloc(0)
    socket.on('data', (part: Buffer) => {
      received = Buffer.concat([received, part])
      const request = protocol.complete(received)
      if (request === undefined) return
      received = Buffer.alloc(0)
      void answer(socket, request)
    })
  }
  const server: Server =
    protocol.tls === undefined ? createServer(serve) : createTlsServer(protocol.tls, serve)
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => open.delete(socket))
  })
  const { host, port: wanted } = protocol.place ?? { host: '127.0.0.1', port: 0 }
  const port = await listen(server, wanted, host)
  let holder: Socket | undefined
  let ended = false
  const hide = async () => {
    if (holder !== undefined) return
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    for (const socket of open) socket.destroy()
    holder = holdPort(host, port)
    await closed
  }
  const show = () => {
    if (ended) return
    holder?.destroy()
    holder = undefined
    void listen(server, port, host)
  }
  let current: Fault = { kind: 'none' }
  const player: TcpPlayer = {
    port,
    get fault() {
      return current
    },
    set fault(fault) {
      const refused = current.kind === 'refuse'
      current = fault
      if (fault.kind === 'refuse') void hide()
      else if (refused) show()
    },
    absent(ms) {
      void hide()
      later(ms, show)
    },
    async close() {
      ended = true
      for (const timer of timers) clearTimeout(timer)
      await hide()
      holder?.destroy()
    },
  }
  return player
}

/** Nobody listens at the port, and the kernel gives it to no other player: a connection from it to itself. */
function holdPort(host: string, port: number): Socket {
  const holder = connect({ host, port, localAddress: host, localPort: port })
  holder.on('error', () => holder.destroy())
  return holder.unref()
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve(portOf(server.address())))
  })
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP')
  return address.port
}
