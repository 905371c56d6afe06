import { createHash, randomBytes } from 'node:crypto'
import type { PlayedReply, PlayedRequest } from './http-player.ts'

/** The server's side of digest login, as strict as Shelly firmware 2.0: each nonce once, nc 00000001 only. */
export function digestLogin(options: {
  readonly username: string
  readonly password: string
  readonly realm: string
  readonly algorithm?: 'SHA-256' | 'MD5'
  /** How many right answers are refused with stale=true first. */
  readonly stale?: number
  /** A nonce may be counted on, as most servers allow. */
  readonly reuse?: boolean
}): (request: PlayedRequest) => PlayedReply | undefined {
  const { username, password, realm, algorithm = 'SHA-256' } = options
  const hash = (text: string) =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex')
  const nonces = new Set<string>()
  let stale = options.stale ?? 0
  const mayCount = (nonce: string, count: string) =>
    options.reuse === true ? nonces.has(nonce) : nonces.delete(nonce) && count === '00000001'
  const challenge = (more = '') => {
    // Base64 on purpose: a nonce may hold '=' and '/'.
    const nonce = randomBytes(16).toString('base64')
    nonces.add(nonce)
    const header = `Digest qop="auth", realm="${realm}", nonce="${nonce}", algorithm=${algorithm}${more}`
    return { status: 401, body: '', headers: { 'WWW-Authenticate': header } }
  }
  return request => {
    const header = request.headers.get('authorization') ?? ''
    const field = (name: string) => new RegExp(`\\b${name}=(?:"([^"]*)"|([^, ]+))`).exec(header)
    const value = (name: string) => field(name)?.[1] ?? field(name)?.[2] ?? ''
    const nonce = value('nonce')
    if (!header.startsWith('Digest ') || !mayCount(nonce, value('nc'))) return challenge()
    const secret = hash(`${username}:${realm}:${password}`)
    const what = hash(`${request.method}:${request.url}`)
    const right = hash(`${secret}:${nonce}:${value('nc')}:${value('cnonce')}:auth:${what}`)
    if (value('response') !== right || value('username') !== username || value('uri') !== request.url)
      return challenge()
    if (stale <= 0) return undefined
    stale -= 1
    return challenge(', stale=true')
  }
}
