import { createHash, randomBytes } from 'node:crypto'

/** One challenge of a WWW-Authenticate header: its scheme in lower case and its parameters. */
export interface Challenge {
  readonly scheme: string
  readonly parameters: ReadonlyMap<string, string>
}

/** Reads all challenges of WWW-Authenticate; a quoted value may hold commas, `=` and escaped quotes. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  const token = /\s*,?\s*([!#$%&'*+.^_`|~\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/gy
  for (let match = token.exec(header); match !== null; match = token.exec(header)) {
    const [, name = '', quoted, bare] = match
    const value = quoted?.replace(/\\(.)/g, '$1') ?? bare
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: new Map() })
    else challenges.at(-1)?.parameters.set(name.toLowerCase(), value)
  }
  return challenges
}

/** What a digest answer is computed from. */
export interface DigestRequest {
  readonly method: string
  /** Path and query, exactly as sent. */
  readonly uri: string
  readonly username: string
  readonly password: string
}

/**
 * The Authorization header for a digest challenge (RFC 7616; SHA-256 and MD5, qop auth or none).
 * Every answer takes a fresh nonce and counts it 00000001: firmware 2.0 of Shelly accepts nothing else.
 * Undefined when the challenge asks for something that is not spoken here.
 */
export function digestAuthorization(challenge: Challenge, request: DigestRequest): string | undefined {
  const parameter = (name: string) => challenge.parameters.get(name)
  const realm = parameter('realm')
  const nonce = parameter('nonce')
  const algorithm = parameter('algorithm') ?? 'MD5'
  const hashName = { md5: 'md5', 'sha-256': 'sha256' }[algorithm.toLowerCase()]
  const qop = parameter('qop')
    ?.split(',')
    .map(text => text.trim())
  if (realm === undefined || nonce === undefined || hashName === undefined) return undefined
  if (qop !== undefined && !qop.includes('auth')) return undefined
  const hash = (text: string) => createHash(hashName).update(text).digest('hex')
  const secret = hash(`${request.username}:${realm}:${request.password}`)
  const what = hash(`${request.method}:${request.uri}`)
  const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`
  const fields = [
    `username=${quote(request.username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(request.uri)}`,
    `algorithm=${algorithm}`,
  ]
  if (qop === undefined) fields.push(`response="${hash(`${secret}:${nonce}:${what}`)}"`)
  else {
    const cnonce = randomBytes(12).toString('hex')
    const response = hash(`${secret}:${nonce}:00000001:${cnonce}:auth:${what}`)
    fields.push(`qop=auth`, `nc=00000001`, `cnonce="${cnonce}"`, `response="${response}"`)
  }
  const opaque = parameter('opaque')
  if (opaque !== undefined) fields.push(`opaque=${quote(opaque)}`)
  return `Digest ${fields.join(', ')}`
}
