/**
 * Why an HTTP exchange failed. `refused`: nothing listens. `absent`: the socket file is not there.
 * `timeout`: not finished within the limit. `reset`: closed before an answer. `unreachable`: no way
 * there from this node. `broken`: answered something that is not (or not all of) an HTTP reply.
 */
export type HttpFailureKind =
  | 'refused'
  | 'absent'
  | 'timeout'
  | 'reset'
  | 'unreachable'
  | 'too-large'
  | 'broken'
  | 'tls'
  | 'permission'

/** An exchange without a whole, well-formed reply; the message is one line for the operator. */
export class HttpFailure extends Error {
  readonly kind: HttpFailureKind

  constructor(kind: HttpFailureKind, message: string) {
    super(message)
    this.name = 'HttpFailure'
    this.kind = kind
  }
}

/** A limit as an operator writes it: `5 s`, `250 ms`. */
export function limitText(ms: number): string {
  return ms >= 1000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms)} ms`
}

/** Says a failed connection in the operator's words; `code` is the system's or the TLS library's. */
export function connectionFailure(code: string, where: string, connected: boolean): HttpFailure {
  switch (code) {
    case 'ECONNREFUSED':
      return new HttpFailure('refused', `${where} refused the connection: nothing listens there`)
    case 'ENOENT':
      return new HttpFailure('absent', `${where} does not exist: the service that makes it is not running`)
    case 'EACCES':
    case 'EPERM':
      return new HttpFailure('permission', `${where} may not be connected to by this user (${code})`)
    case 'ETIMEDOUT':
      return new HttpFailure('timeout', `no answer from ${where}: the connection timed out`)
    case 'ECONNRESET':
    case 'EPIPE':
      return new HttpFailure('reset', `${where} closed the connection unanswered`)
  }
  if (connected) return new HttpFailure('tls', `${where} did not agree on an encrypted connection (${code})`)
  return new HttpFailure('unreachable', `${where} cannot be reached from this node (${code})`)
}
