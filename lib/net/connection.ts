import { bareSockets } from './bare-sockets.ts'

/** What becomes of a connection. Nothing is told once it is closed from here, or has failed or ended. */
export interface ConnectionEvents {
  connected(): void
  received(bytes: Buffer): void
  /** The other side says no more. */
  ended(): void
  /** It could not be made, or it broke; `code` is the system's or the TLS library's: ECONNREFUSED. */
  failed(code: string): void
}

export interface Connection {
  /** Once connected. What cannot be sent any more is told by the events. */
  send(bytes: string | Buffer): void
  close(): void
  /** Nobody listens, and the kernel chose the very port as our own: TCP then connects to itself. */
  isToItself(): boolean
}

/** `host` is an address: no name is looked up here. */
export type Destination = { readonly host: string; readonly port: number } | { readonly path: string }

export type Connect = (to: Destination, events: ConnectionEvents) => Connection

/**
 * How a monitor connects: by node's sockets as they lie under node:net where these are known, because
 * loading and using node:net costs a monitor of four connections 0.3 of what starting node does; else by
 * node:net.
 */
export async function connector(): Promise<Connect> {
  return bareSockets(process.version) ?? (await nodeSockets())
}

/** Connections over node:net. */
export async function nodeSockets(): Promise<Connect> {
  const { connect } = await import('node:net')
  return (to, events) => overSocket(connect(to), events)
}

/** What is used of a socket of node:net or node:tls. */
interface NodeSocket {
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  write(bytes: string | Buffer): unknown
  destroy(): unknown
  on(event: 'connect' | 'end' | 'close', listener: () => void): unknown
  on(event: 'data', listener: (bytes: Buffer) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** Tells the events of a socket of node:net or node:tls. */
export function overSocket(socket: NodeSocket, events: ConnectionEvents): Connection {
  let over = false
  const end = (tell: () => void) => {
    if (over) return
    over = true
    socket.destroy()
    tell()
  }
  socket.on('connect', () => {
    if (!over) events.connected()
  })
  socket.on('data', bytes => {
    if (!over) events.received(bytes)
  })
  socket.on('end', () => end(() => events.ended()))
  socket.on('close', () => end(() => events.ended()))
  socket.on('error', error => end(() => events.failed('code' in error ? String(error.code) : error.name)))
  return {
    send: bytes => void (over || socket.write(bytes)),
    close: () => end(() => undefined),
    isToItself: () => socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress,
  }
}
