import { createServer, type Server, type Socket } from 'node:net'

/** A server on loopback or on a unix socket whose behaviour is one function; `close` ends it at once. */
export interface MisbehavingServer {
  readonly port: number
  /** What clients sent, one entry a connection. */
  readonly heard: string[]
  close(): Promise<void>
}

export async function serve(behave: (socket: Socket) => void, path?: string): Promise<MisbehavingServer> {
  const sockets = new Set<Socket>()
  const heard: string[] = []
  const server: Server = createServer({ allowHalfOpen: true }, socket => {
    const index = heard.push('') - 1
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', chunk => {
      heard[index] = (heard[index] ?? '') + chunk.toString('latin1')
    })
    behave(socket)
  })
  await new Promise<void>(resolve => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve)
    else server.listen(path, resolve)
  })
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    heard,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

/** Answers the first request of each connection with a text and closes. */
export function answering(text: string): (socket: Socket) => void {
  return socket => {
    socket.once('data', () => socket.end(text))
  }
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = await serve(() => {})
  await server.close()
  return server.port
}
