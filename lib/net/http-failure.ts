/** Why there was no usable answer; each asks an operator for something else. */
export type HttpFailureKind =
  | 'refused'
  | 'absent'
  | 'permission'
  | 'timeout'
  | 'reset'
  | 'unreachable'
  | 'too-large'
  | 'broken'
  | 'tls'

/** No usable answer; the message is one line for the operator and names the peer. */
export class HttpFailure extends Error {
  readonly kind: HttpFailureKind

  constructor(kind: HttpFailureKind, message: string) {
    super(message)
    this.name = 'HttpFailure'
    this.kind = kind
  }
}

const kinds: Readonly<Record<string, HttpFailureKind>> = {
  ECONNREFUSED: 'refused',
  ENOENT: 'absent',
  ENOTSOCK: 'absent',
  EACCES: 'permission',
  EPERM: 'permission',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  ETIMEDOUT: 'timeout',
}

const phrases: Readonly<Record<HttpFailureKind, string>> = {
  refused: 'refuses the connection: nothing listens there',
  absent: 'does not exist',
  permission: 'may not be opened: permission denied',
  timeout: 'gave no answer in time',
  reset: 'closed the connection without an answer',
  unreachable: 'cannot be reached from this node',
  'too-large': 'answers without end',
  broken: 'gave an answer that is not HTTP',
  tls: 'failed the TLS handshake',
}

/** Turns a socket's error into the operator's line. */
export function connectionFailure(peer: string, cause: unknown): HttpFailure {
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  const kind = kinds[code] ?? (/^ERR_(SSL|TLS)|CERT|SELF_SIGNED|EPROTO/.test(code) ? 'tls' : 'reset')
  return new HttpFailure(kind, `${peer} ${phrases[kind]}`)
}

export function failure(kind: HttpFailureKind, peer: string, detail?: string): HttpFailure {
  return new HttpFailure(kind, `${peer} ${detail ?? phrases[kind]}`)
}
