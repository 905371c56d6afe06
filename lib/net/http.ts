import type { Socket } from 'node:net'
import { type Json, parseJson } from '../ocf/json.ts'
import { connectionFailure, failure } from './http-failure.ts'

/** A server on TCP, or on a unix socket. */
export type HttpTarget =
  | { readonly host: string; readonly port: number; readonly tls?: { readonly insecure: boolean } }
  | { readonly socketPath: string }

export interface HttpRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE' | 'HEAD'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** For the whole exchange: a server that drips fails as well. */
  readonly timeoutMs: number
  /** 4 MiB by default. */
  readonly maxBytes?: number
}

export interface HttpReply {
  readonly status: number
  readonly body: Buffer
}

/** The body as JSON. @throws HttpFailure of kind `broken` when it is none */
export function jsonOf(reply: HttpReply, peer: string): Json {
  const json = parseJson(reply.body.toString('utf8'))
  if (json === undefined) throw failure('broken', peer, 'gave an answer that is not JSON')
  return json
}

/** How errors name a server. */
export function peerOf(target: HttpTarget): string {
  return 'socketPath' in target ? target.socketPath : `${target.host}:${target.port}`
}

/**
 * One HTTP/1.0 exchange over a plain socket: node:http costs more than the whole rest of a monitor.
 *
 * @throws HttpFailure whenever there is no complete answer within the limit
 */
export async function httpRequest(target: HttpTarget, request: HttpRequest): Promise<HttpReply> {
  const { connect } = await import('node:net')
  const socket = 'socketPath' in target ? connect(target.socketPath) : await connectTcp(target, connect)
  return await exchange(socket, peerOf(target), hostHeader(target), request)
}

type Connect = (port: number, host: string) => Socket

async function connectTcp(
  target: { readonly host: string; readonly port: number; readonly tls?: { readonly insecure: boolean } },
  connect: Connect,
): Promise<Socket> {
  if (target.tls === undefined) return connect(target.port, target.host)
  const tls = await import('node:tls')
  return tls.connect({ host: target.host, port: target.port, rejectUnauthorized: !target.tls.insecure })
}

function hostHeader(target: HttpTarget): string {
  if ('socketPath' in target) return 'localhost'
  return `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`
}

function exchange(socket: Socket, peer: string, host: string, request: HttpRequest): Promise<HttpReply> {
  const { method = 'GET', path, headers = {}, body = '', timeoutMs, maxBytes = 4_194_304 } = request
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const end = (settle: () => void) => {
      clearTimeout(timer)
      socket.destroy()
      settle()
    }
    const timer = setTimeout(
      () => end(() => reject(failure('timeout', peer, `gave no answer within ${seconds(timeoutMs)}`))),
      timeoutMs,
    )
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > maxBytes)
        end(() => reject(failure('too-large', peer, `answers without end (over ${maxBytes} bytes)`)))
    })
    socket.on('error', cause => end(() => reject(connectionFailure(peer, cause))))
    socket.on('close', () =>
      end(() => {
        try {
          resolve(readReply(Buffer.concat(chunks), peer, method))
        } catch (cause) {
          reject(cause)
        }
      }),
    )
    let head = `${method} ${path} HTTP/1.0\r\nHost: ${host}\r\nConnection: close\r\n`
    for (const [name, value] of Object.entries(headers)) head += `${name}: ${value}\r\n`
    if (body !== '' || method === 'POST') head += `Content-Length: ${Buffer.byteLength(body)}\r\n`
    socket.write(`${head}\r\n${body}`)
  })
}

/** Milliseconds as in a sentence. */
export function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`
}

function readReply(raw: Buffer, peer: string, method: string): HttpReply {
  if (raw.length === 0) throw failure('reset', peer)
  const split = raw.indexOf('\r\n\r\n')
  const head = split < 0 ? '' : raw.toString('latin1', 0, split)
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]
  if (status === undefined) throw failure('broken', peer)
  const rest = raw.subarray(split + 4)
  const bodiless = method === 'HEAD' || status === '204' || status === '304'
  return { status: Number(status), body: bodiless ? Buffer.alloc(0) : readBody(head, rest, peer) }
}

function readBody(head: string, rest: Buffer, peer: string): Buffer {
  if (/^transfer-encoding:.*chunked/im.test(head)) return dechunk(rest, peer)
  const length = /^content-length: *(\d+)/im.exec(head)?.[1]
  if (length === undefined) return rest
  if (rest.length < Number(length)) {
    throw failure('broken', peer, `cut its answer off after ${rest.length} of ${length} bytes`)
  }
  return rest.subarray(0, Number(length))
}

/** Some servers answer a 1.0 request in the manner of 1.1 all the same. */
function dechunk(rest: Buffer, peer: string): Buffer {
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at)
    const size = lineEnd < 0 ? Number.NaN : Number.parseInt(rest.toString('latin1', at, lineEnd), 16)
    const begin = lineEnd + 2
    if (Number.isNaN(size) || rest.length < begin + size) throw failure('broken', peer, 'cut its answer off')
    if (size === 0) return Buffer.concat(parts)
    parts.push(rest.subarray(begin, begin + size))
    at = begin + size + 2
  }
}
