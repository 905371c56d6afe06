import type { Connect, Connection, ConnectionEvents, Destination } from './connection.ts'

/**
 * Builds of node whose sockets are known here, and on which every layer of the tests runs. What is used of
 * them has not changed since node 12 (lib/internal/stream_base_commons.js there); process.binding, which
 * hands them out, is deprecated in the documentation (DEP0111), so a build not named here gets node:net.
 */
const known = /^v(?:18|20|22)\./

/** A stream of libuv. What can fail returns a negative errno. */
interface Stream {
  /** What was read, and how much, stands in {@link Parts.lastRead}. */
  onread: (bytes: unknown) => void
  readStart(): number
  writeUtf8String(request: object, text: string): number
  writeBuffer(request: object, bytes: Buffer): number
  close(): void
}

interface TcpStream extends Stream {
  connect(request: object, address: string, port: number): number
  connect6(request: object, address: string, port: number): number
  getsockname(into: object): number
  getpeername(into: object): number
}

interface PipeStream extends Stream {
  connect(request: object, path: string): number
}

type Maker = new (kind?: number) => unknown

/** What node has under node:net, as far as it is used here. */
interface Parts {
  readonly Tcp: Maker
  readonly TcpConnect: Maker
  readonly Pipe: Maker
  readonly PipeConnect: Maker
  readonly Write: Maker
  /** How many bytes the last read gave, or a negative errno, and where they begin. */
  readonly lastRead: ArrayLike<number>
  readonly countAt: number
  readonly offsetAt: number
}

/** UV_EOF: no errno of any system. */
const endOfStream = -4095

/** For both kinds of stream: one that connects, not one that listens. */
const connecting = 0

let parts: Parts | undefined

/**
 * Connections without node:net; undefined where this build of node is not one of those known, or lacks
 * what they have.
 * @param version as process.version
 */
export function bareSockets(version: string): Connect | undefined {
  if (!known.test(version)) return undefined
  parts ??= readParts()
  const node = parts
  return node === undefined ? undefined : (to, events) => connectBare(node, to, events)
}

function connectBare(node: Parts, to: Destination, events: ConnectionEvents): Connection {
  const opened = 'path' in to ? openPipe(node, to.path) : openTcp(node, to.host, to.port)
  const { stream } = opened
  let over = false
  const end = (tell: () => void) => {
    if (over) return
    over = true
    stream.close()
    tell()
  }
  const fail = (errno: number) => end(() => events.failed(nameOf(errno)))

  stream.onread = bytes => {
    const count = node.lastRead[node.countAt] ?? 0
    if (over || count === 0) return
    if (count > 0 && bytes instanceof ArrayBuffer)
      events.received(Buffer.from(bytes, node.lastRead[node.offsetAt], count))
    else if (count === endOfStream) end(() => events.ended())
    else fail(count)
  }
  const connected = (status: number) => {
    if (over) return
    const errno = status < 0 ? status : stream.readStart()
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
          ? stream.writeUtf8String(request, bytes)
          : stream.writeBuffer(Object.assign(request, { bytes }), bytes)
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
  const tcp = binding('tcp_wrap')
  const pipe = binding('pipe_wrap')
  const stream = binding('stream_wrap')
  const [Tcp, TcpConnect] = [tcp('TCP'), tcp('TCPConnectWrap')]
  const [Pipe, PipeConnect] = [pipe('Pipe'), pipe('PipeConnectWrap')]
  const Write = stream('WriteWrap')
  const [lastRead, countAt, offsetAt] = [
    stream('streamBaseState'),
    stream('kReadBytesOrError'),
    stream('kArrayBufferOffset'),
  ]
  if (!isMaker(Tcp) || !isMaker(TcpConnect) || !isMaker(Pipe) || !isMaker(PipeConnect)) return undefined
  if (!isMaker(Write) || !isNumbers(lastRead)) return undefined
  if (typeof countAt !== 'number' || typeof offsetAt !== 'number') return undefined
  return { Tcp, TcpConnect, Pipe, PipeConnect, Write, lastRead, countAt, offsetAt }
}

/** ECONNREFUSED. Its table is loaded for a failure only. */
function nameOf(errno: number): string {
  const errname = binding('uv')('errname')
  return isMaker(errname) ? String(Reflect.apply(errname, undefined, [errno])) : `errno ${-errno}`
}

/** The members of one of node's internal modules. */
function binding(name: string): (member: string) => unknown {
  const load: unknown = Reflect.get(process, 'binding')
  const found: unknown = typeof load === 'function' ? Reflect.apply(load, process, [name]) : undefined
  return member => (typeof found === 'object' && found !== null ? Reflect.get(found, member) : undefined)
}

function isMaker(value: unknown): value is Maker {
  return typeof value === 'function'
}

function isNumbers(value: unknown): value is ArrayLike<number> {
  return value instanceof Int32Array || value instanceof Float64Array
}

function isTcp(value: unknown): value is TcpStream {
  return has(value, [...streamMembers, 'connect6', 'getsockname', 'getpeername'])
}

function isPipe(value: unknown): value is PipeStream {
  return has(value, streamMembers)
}

const streamMembers = ['readStart', 'writeUtf8String', 'writeBuffer', 'close', 'connect']

function has(value: unknown, members: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  return members.every(member => typeof Reflect.get(value, member) === 'function')
}
