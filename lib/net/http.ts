import { alarmIn } from '../host/alarm.ts'
import { monotonicMs } from '../host/clock.ts'
import { hostText } from './address.ts'
import { type Connection, type ConnectionEvents, connector } from './connection.ts'
import { connectionFailure, HttpFailure, type HttpFailureKind, limitText } from './http-failure.ts'
import { type HttpReply, replyReader } from './http-reply.ts'
import { addressOf, NameUnknown } from './name-lookup.ts'
import { type TlsTarget, tlsConnector } from './tls.ts'

export { HttpFailure, type HttpFailureKind, type HttpReply }

export interface HttpTarget {
  readonly host: string
  readonly port: number
  readonly tls?: TlsTarget
}

export interface UnixTarget {
  readonly socketPath: string
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE' | 'HEAD'
  /** Path and query, percent-encoded. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** For the whole exchange, from looking the name up to the last byte. */
  readonly timeoutMs: number
  /** Most bytes of body taken, 4 MiB unless told. */
  readonly maxBytes?: number
  /** A longer body is cut there instead of being an error. */
  readonly cutBody?: boolean
  /** What to call the other side in errors; its socket or `host:port` unless told. */
  readonly label?: string
}

/** How long to wait before a unix socket whose queue is full is tried again. */
const queueFullPauseMs = 50

/**
 * One HTTP/1.0 exchange on a connection of its own: straight over a socket, because a monitor runs every
 * few seconds and node:http costs more processor time than the exchange itself. Any status resolves.
 * @throws HttpFailure when there is no whole, well-formed reply within the limit
 */
export async function httpRequest(target: HttpTarget | UnixTarget, request: HttpRequest): Promise<HttpReply> {
  const where = request.label ?? targetText(target)
  const text = requestText(target, request, where)
  const begin = monotonicMs()
  const open = await opener(target, where, request.timeoutMs)
  return new Promise((resolve, reject) => {
    const reader = replyReader(where, {
      bodyless: request.method === 'HEAD',
      maxBytes: request.maxBytes ?? 4 * 1024 * 1024,
      cut: request.cutBody === true,
    })
    let connection: Connection | undefined
    let retry: NodeJS.Timeout | undefined
    let connected = false
    let settled = false

    const settle = () => {
      settled = true
      takeBack()
      if (retry !== undefined) clearTimeout(retry)
      connection?.close()
    }
    const fail = (error: unknown) => {
      if (settled) return
      settle()
      reject(error)
    }
    // setImmediate: on a loaded machine the limit and the answer may both be due; the answer goes first.
    const takeBack = alarmIn(begin + request.timeoutMs - monotonicMs(), () => {
      setImmediate(() =>
        fail(new HttpFailure('timeout', `no answer from ${where} within ${limitText(request.timeoutMs)}`)),
      )
    })
    const attempt = (read: () => HttpReply | undefined) => {
      if (settled) return
      try {
        const reply = read()
        if (reply === undefined) return
        settle()
        resolve(reply)
      } catch (error) {
        fail(error)
      }
    }
    const connect = () => {
      connection = open({
        connected() {
          connected = true
          connection?.send(text)
        },
        received: bytes => attempt(() => reader.take(bytes)),
        ended: () => attempt(() => reader.end()),
        failed(code) {
          // A unix socket whose queue is full: a burst of clients, or a daemon that hangs. Time will tell.
          if (code === 'EAGAIN' && !connected && !settled) retry = setTimeout(connect, queueFullPauseMs)
          else fail(connectionFailure(code, where, connected && 'tls' in target))
        },
      })
    }
    connect()
  })
}

async function opener(
  target: HttpTarget | UnixTarget,
  where: string,
  timeoutMs: number,
): Promise<(events: ConnectionEvents) => Connection> {
  if ('socketPath' in target) {
    const connect = await connector()
    return events => connect({ path: target.socketPath }, events)
  }
  const { port } = target
  const host = await addressOf(target.host, timeoutMs).catch((error: unknown) => {
    throw error instanceof NameUnknown
      ? new HttpFailure(
          error.code === 'ETIMEOUT' ? 'timeout' : 'unreachable',
          `${where} cannot be asked: ${error.message}`,
        )
      : error
  })
  if (target.tls === undefined) {
    const connect = await connector()
    return events => connect({ host, port }, events)
  }
  const { insecure, servername = host === target.host ? undefined : target.host } = target.tls
  const connect = await tlsConnector({ insecure, servername })
  return events => connect({ host, port }, events)
}

function targetText(target: HttpTarget | UnixTarget): string {
  return 'socketPath' in target ? target.socketPath : `${hostText(target.host)}:${target.port}`
}

function requestText(target: HttpTarget | UnixTarget, request: HttpRequest, where: string): string {
  const { method = 'GET', path, headers, body } = request
  const host = 'socketPath' in target ? 'localhost' : `${hostText(target.host)}:${target.port}`
  let text = `${method} ${path} HTTP/1.0\r\nHost: ${host}\r\nConnection: close\r\n`
  let given = host
  for (const name in headers) {
    text += `${name}: ${headers[name]}\r\n`
    given += name + headers[name]
  }
  if (body !== undefined) text += `Content-Length: ${Buffer.byteLength(body)}\r\n`
  if (/[\s\0]/.test(path) || given.includes('\r') || given.includes('\n'))
    throw new HttpFailure(
      'broken',
      `the request to ${where} cannot be sent: its path or a header holds blanks`,
    )
  return `${text}\r\n${body ?? ''}`
}
