import type { Fault, PlayerPlace, TcpPlayer } from './tcp-player.ts'
import { playTcp } from './tcp-player.ts'

export interface PlayedRequest {
  readonly method: string
  /** Decoded path without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Path and query as received. */
  readonly url: string
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export interface PlayedReply {
  readonly status?: number
  readonly statusText?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

export interface HttpPlayer extends TcpPlayer {
  readonly requests: PlayedRequest[]
}

/** A device that speaks just enough HTTP/1.1. */
export async function playHttp(
  answer: (request: PlayedRequest) => PlayedReply | Promise<PlayedReply>,
  options: {
    readonly tls?: { readonly key: string; readonly cert: string }
    readonly place?: PlayerPlace
  } = {},
): Promise<HttpPlayer> {
  const requests: PlayedRequest[] = []
  const tcp = await playTcp<PlayedRequest>({
    ...options,
    complete: completeRequest,
    async obey(request, fault) {
      requests.push(request)
      if (fault.kind === 'status') return bytesOf({ status: fault.status, body: '{"error":"played"}' })
      return bytesOf(distorted(await answer(request), fault))
    },
  })
  return {
    requests,
    port: tcp.port,
    get fault() {
      return tcp.fault
    },
    set fault(fault) {
      tcp.fault = fault
    },
    absent: ms => tcp.absent(ms),
    close: () => tcp.close(),
  }
}

function distorted(reply: PlayedReply, fault: Fault): PlayedReply {
  if (fault.kind === 'instead') return { ...reply, body: fault.body }
  if (fault.kind === 'half') return { ...reply, body: reply.body.slice(0, Math.ceil(reply.body.length / 2)) }
  return reply
}

/** A request, once head and body are there. */
export function completeRequest(received: Buffer): PlayedRequest | undefined {
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

function bytesOf({ status = 200, statusText = 'played', headers = {}, body }: PlayedReply): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const content = Buffer.from(body)
  const head = `HTTP/1.1 ${status} ${statusText}\r\n${lines.join('')}Content-Length: ${content.length}\r\nConnection: close\r\n\r\n`
  return Buffer.concat([Buffer.from(head), content])
}

/** Whether a request carries the Basic login of this user. */
export function hasBasic(request: PlayedRequest, username: string, password: string): boolean {
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  return request.headers.get('authorization') === expected
}
