import {
  connecting,
  errnoName,
  hasMethods,
  internalModule,
  isMaker,
  knowsInternals,
  type Maker,
  type Reading,
  type Stream,
  streamMethods,
  streamReading,
  type Talker,
} from '../host/node-internals.ts'
import type { Connect, Connection, ConnectionEvents, Destination } from './connection.ts'

interface TcpStream extends Stream {
  connect(request: object, address: string, port: number): number
  connect6(request: object, address: string, port: number): number
  getsockname(into: object): number
  getpeername(into: object): number
}

interface PipeStream extends Stream {
  connect(request: object, path: string): number
}

/** What node has under node:net, as far as it is used here. */
interface Parts {
  readonly Tcp: Maker
  readonly TcpConnect: Maker
  readonly Pipe: Maker
  readonly PipeConnect: Maker
  readonly Write: Maker
  readonly reading: Reading
}

let parts: Parts | undefined

/** Lays something over a stream that has just connected; `failed` ends the connection. */
export type Layer = (stream: Stream, failed: (code: string) => void) => Talker

/**
 * Connections without node:net; undefined where this build of node is not one of those known, or lacks
 * what they have.
 * @param version as process.version
 * @param layer what is talked over; the stream itself unless told
 */
export function bareSockets(version: string, layer: Layer = stream => stream): Connect | undefined {
  if (!knowsInternals(version)) return undefined
  parts ??= readParts()
  const node = parts
  return node === undefined ? undefined : (to, events) => connectBare(node, to, layer, events)
}

function connectBare(node: Parts, to: Destination, layer: Layer, events: ConnectionEvents): Connection {
  const opened = 'path' in to ? openPipe(node, to.path) : openTcp(node, to.host, to.port)
  const { stream } = opened
  let talker: Talker = stream
  let over = false
  const end = (tell: () => void) => {
    if (over) return
    over = true
    stream.close()
    tell()
  }
  const fail = (errno: number) => end(() => events.failed(errnoName(errno)))

  const read = (memory: unknown) => {
    const part = over ? undefined : node.reading.of(memory)
    if (part === 'end') end(() => events.ended())
    else if (typeof part === 'number') fail(part)
    else if (part !== undefined) events.received(part)
  }
  const listen = () => {
    talker = layer(stream, code => end(() => events.failed(code)))
    talker.onread = read
    return talker.readStart()
  }
  const connected = (status: number) => {
    if (over) return
    const errno = status < 0 ? status : listen()
    if (errno < 0) fail(errno)
    else events.connected()
  }
  const asked = opened.connect(connected)
  // Told later, as all else is: the caller does not have its connection yet.
  if (asked < 0) setImmediate(connected, asked)
  return {
    send(bytes) {
      if (over) return
      const request = answered(new node.Write(), status => {
        if (status < 0) fail(status)
      })
      const errno =
        typeof bytes === 'string'
          ? talker.writeUtf8String(request, bytes)
          : talker.writeBuffer(Object.assign(request, { bytes }), bytes)
      if (errno < 0) setImmediate(fail, errno)
    },
    close: () => end(() => undefined),
    isToItself: opened.isToItself,
  }
}

/** A stream that is not connected yet. */
interface Opened {
  readonly stream: Stream
  /** Returns a negative errno, or tells a status later. */
  connect(tell: (status: number) => void): number
  isToItself(): boolean
}

function openTcp(node: Parts, host: string, port: number): Opened {
  const stream = new node.Tcp(connecting)
  if (!isTcp(stream)) throw new Error(`node ${process.version} has TCP streams of another kind`)
  return {
    stream,
    connect(tell) {
      const request = answered(new node.TcpConnect(), tell)
      return host.includes(':') ? stream.connect6(request, host, port) : stream.connect(request, host, port)
    },
    isToItself() {
      const [own, peer] = [{}, {}]
      return (
        stream.getsockname(own) === 0 &&
        stream.getpeername(peer) === 0 &&
        JSON.stringify(own) === JSON.stringify(peer)
      )
    },
  }
}

function openPipe(node: Parts, path: string): Opened {
  const stream = new node.Pipe(connecting)
  if (!isPipe(stream)) throw new Error(`node ${process.version} has pipes of another kind`)
  return {
    stream,
    connect: tell => stream.connect(answered(new node.PipeConnect(), tell), path),
    isToItself: () => false,
  }
}

/** A request of libuv, with what is called when it is through. */
function answered(request: unknown, tell: (status: number) => void): object {
  if (typeof request !== 'object' || request === null)
    throw new Error(`node ${process.version} has requests of another kind`)
  return Object.assign(request, { oncomplete: tell })
}

function readParts(): Parts | undefined {
  const tcp = internalModule('tcp_wrap')
  const pipe = internalModule('pipe_wrap')
  const [Tcp, TcpConnect] = [tcp('TCP'), tcp('TCPConnectWrap')]
  const [Pipe, PipeConnect] = [pipe('Pipe'), pipe('PipeConnectWrap')]
  const streams = internalModule('stream_wrap')
  const Write = streams('WriteWrap')
  const reading = streamReading(streams)
  if (!isMaker(Tcp, tcpMethods) || !isMaker(Pipe, pipeMethods)) return undefined
  if (!isMaker(TcpConnect) || !isMaker(PipeConnect)) return undefined
  if (!isMaker(Write) || reading === undefined) return undefined
  return { Tcp, TcpConnect, Pipe, PipeConnect, Write, reading }
}

const pipeMethods = [...streamMethods, 'connect']
const tcpMethods = [...pipeMethods, 'connect6', 'getsockname', 'getpeername']

function isTcp(value: unknown): value is TcpStream {
  return hasMethods(value, tcpMethods)
}

function isPipe(value: unknown): value is PipeStream {
  return hasMethods(value, pipeMethods)
}
