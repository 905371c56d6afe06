import type { Socket } from 'node:net'
import { monotonicMs } from '../lib/host/clock.ts'
import { HttpFailure } from '../lib/net/http-failure.ts'
import { replyReader } from '../lib/net/http-reply.ts'
import type { Budget } from './budget.ts'
import { connect } from './connection.ts'
import type { HttpAuth } from './driver.ts'
import { SwitchFailure } from './power-switch.ts'
import type { Report } from './report.ts'
import type { TlsTrust } from './tls-trust.ts'

/** A complete answer, whatever its status. */
export interface HttpReply {
  readonly status: number
  /** The words beside the status, where some devices put the reason. */
  readonly statusText: string
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Path and query as sent; what needs encoding is encoded by the caller. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** What to show of the request instead of its path, where the query holds a secret. */
  readonly shown?: string
  /** Failures that the caller wants to read itself, by their status. */
  readonly accept?: readonly number[]
  /** The answer holds a secret that is not known yet (a ticket), so it is not shown. */
  readonly secretAnswer?: boolean
  /** For a stream that never ends: the answer counts as complete after so much silence, milliseconds. */
  readonly quietMs?: number
}

/** Requests to one host, each on a connection of its own and complete within the operator's limits. */
export interface HttpClient {
  readonly host: string
  /**
   * The answer of the device, after authentication.
   * @throws SwitchFailure `final` for 401 and 403, `transient` for what never became an answer, 429 and 5xx
   */
  request(request: HttpRequest): Promise<HttpReply>
}

const longestBody = 4_194_304

/** Makes a client, straight over sockets: node:http costs 7 ms of CPU a run, fetch a hundred. */
export function createHttpClient(context: {
  readonly host: string
  readonly port: number
  readonly trust: TlsTrust | undefined
  readonly auth: HttpAuth
  readonly budget: Budget
  readonly report: Report
  /** Shorter limit for connecting than the operator's, where there are other hosts to try. */
  readonly connectMs?: number
}): HttpClient {
  const { host, port, auth, report } = context
  if (auth.kind === 'basic' || auth.kind === 'digest') report.keepSecret(`${auth.username}:${auth.password}`)
  const send = async (request: HttpRequest, headers: Readonly<Record<string, string>>) => {
    const shown = `${request.method ?? 'GET'} ${host}:${port}${request.shown ?? request.path}`
    report.detail(`> ${shown}`)
    try {
      const reply = await exchange(context, request, headers)
      report.detail(
        `< ${reply.status} ${request.secretAnswer === true ? '(not shown)' : reply.body.slice(0, 2000)}`,
      )
      return reply
    } catch (cause) {
      report.detail(`< ${cause instanceof Error ? cause.message : 'failed'}`)
      throw cause
    }
  }
  return {
    host,
    async request(request) {
      let reply = await send(request, preemptive(auth))
      for (let stale = 0; auth.kind === 'digest' && reply.status === 401 && stale < 3; stale += 1) {
        const answer = await answerChallenge(reply, request, auth)
        if (answer === undefined) break
        reply = await send(request, { authorization: answer.header })
        if (reply.status === 401 && !isStale(reply)) break
      }
      return request.accept?.includes(reply.status) === true ? reply : judged(reply, host, auth)
    },
  }
}

function preemptive(auth: HttpAuth): Record<string, string> {
  if (auth.kind === 'header') return { [auth.name]: auth.value }
  if (auth.kind !== 'basic') return {}
  return { authorization: basicAuthorization(auth.username, auth.password) }
}

function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

async function answerChallenge(
  reply: HttpReply,
  request: HttpRequest,
  auth: { readonly username: string; readonly password: string },
): Promise<{ header: string } | undefined> {
  const { digestAuthorization, parseChallenges } = await import('./digest.ts')
  const challenges = parseChallenges(reply.headers.get('www-authenticate') ?? '')
  const digests = challenges.filter(challenge => challenge.scheme === 'digest')
  const strongestFirst = [...digests].sort(
    (a, b) => Number(b.parameters.has('algorithm')) - Number(a.parameters.has('algorithm')),
  )
  for (const challenge of strongestFirst) {
    const method = request.method ?? 'GET'
    const header = digestAuthorization(challenge, { ...auth, method, uri: request.path })
    if (header !== undefined) return { header }
  }
  if (!challenges.some(challenge => challenge.scheme === 'basic')) return undefined
  return { header: basicAuthorization(auth.username, auth.password) }
}

function isStale(reply: HttpReply): boolean {
  return /\bstale\s*=\s*"?true/i.test(reply.headers.get('www-authenticate') ?? '')
}

function judged(reply: HttpReply, host: string, auth: HttpAuth): HttpReply {
  const { status } = reply
  const fail = (kind: 'transient' | 'final', what: string) =>
    new SwitchFailure(kind, `${host} ${what.replace('#', `HTTP ${status}`)}`, status)
  if (status === 401 && auth.kind === 'none')
    throw fail('final', 'wants a login (#): set username and password')
  if (status === 401) throw fail('final', 'refuses the login (#): check username and password')
  if (status === 403) throw fail('final', 'forbids it (#): the login lacks rights, or is locked out')
  if (status === 429 || status === 408) throw fail('transient', 'is asked too often (#)')
  if (status >= 500) throw fail('transient', 'failed to answer (#)')
  return reply
}

async function exchange(
  context: { host: string; port: number; trust: TlsTrust | undefined; budget: Budget; connectMs?: number },
  request: HttpRequest,
  headers: Readonly<Record<string, string>>,
): Promise<HttpReply> {
  const { host, budget } = context
  budget.check(`a request to ${host}`)
  const limitMs = Math.min(budget.limits.requestMs, budget.leftMs)
  const deadline = monotonicMs() + limitMs
  const socket = await connect(context, Math.min(context.connectMs ?? budget.limits.connectMs, limitMs))
  try {
    return await overSocket(socket, context, request, headers, Math.max(1, deadline - monotonicMs()))
  } catch (cause) {
    if (cause instanceof SwitchFailure) throw cause
    if (cause instanceof HttpFailure) throw new SwitchFailure('transient', cause.message)
    throw cause
  } finally {
    socket.destroy()
  }
}

function overSocket(
  socket: Socket,
  { host, port }: { host: string; port: number },
  request: HttpRequest,
  headers: Readonly<Record<string, string>>,
  limitMs: number,
): Promise<HttpReply> {
  const where = `${host}:${port}`
  const text = requestText(where, request, {
    host: host.includes(':') ? `[${host}]:${port}` : where,
    connection: 'close',
    accept: 'application/json, */*;q=0.1',
    ...request.headers,
    ...headers,
  })
  const reader = replyReader(where, { bodyless: false, maxBytes: longestBody, cut: false })
  return new Promise((resolve, reject) => {
    const late = `${where} took the request and did not answer in ${(limitMs / 1000).toFixed(1)} s`
    const timer = setTimeout(() => reject(new SwitchFailure('transient', late)), limitMs)
    let silence: NodeJS.Timeout | undefined
    const attempt = (read: () => ReturnType<typeof reader.soFar>) => {
      try {
        const reply = read()
        if (reply === undefined) return
        const { status, statusText, headers: got } = reply
        resolve({ status, statusText, headers: got, body: reply.text() })
      } catch (cause) {
        reject(cause)
      }
      clearTimeout(timer)
      clearTimeout(silence)
    }
    socket.on('data', part => {
      clearTimeout(silence)
      if (request.quietMs !== undefined)
        silence = setTimeout(() => attempt(() => reader.soFar()), request.quietMs)
      attempt(() => reader.take(part))
    })
    socket.on('close', () => attempt(() => reader.end()))
    socket.on('error', () => attempt(() => reader.end()))
    socket.write(text)
  })
}

/** @throws SwitchFailure rather than sending what would be read as another request */
function requestText(
  where: string,
  { method = 'GET', path, body = '' }: HttpRequest,
  headers: Readonly<Record<string, string>>,
): string {
  const length = body === '' && method === 'GET' ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const lines = Object.entries({ ...headers, ...length }).map(([name, value]) => `${name}: ${value}`)
  const broken = lines.find(line => /[\r\n\0]/.test(line))?.split(':')[0]
  if (broken !== undefined || /[\s\0]/.test(path))
    throw new SwitchFailure(
      'final',
      `${where} cannot be asked: blanks in the ${broken ?? 'path'} of the request`,
    )
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}
