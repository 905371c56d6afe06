import {
  hasMethods,
  internalModule,
  isMaker,
  knowsInternals,
  type Maker,
  quietInternalModule,
  type Stream,
  type Talker,
  talkerMethods,
} from '../host/node-internals.ts'
import { bareSockets } from './bare-sockets.ts'
import type { Connect } from './connection.ts'

/** What node has under node:tls, as far as it is used here. */
interface Parts {
  readonly SecureContext: Maker
  readonly wrap: (stream: Stream, context: SecureContext, isServer: boolean, hasWritten: boolean) => unknown
}

interface SecureContext {
  init(method: undefined, lowest: number, highest: number): void
  setCiphers(names: string): void
}

/** A stream that encrypts what is written to it and decrypts what it reads. */
interface TlsStream extends Talker {
  /** Begins the handshake; its failure is told by {@link onerror}. */
  start(): void
  setServername(name: string): void
  setVerifyMode(asksForCertificate: boolean, refusesUnknown: boolean): void
  onerror: (error: unknown) => void
}

/** Whatever OpenSSL still knows: a server on a home network may never have been updated. */
export const everyCipher = 'DEFAULT@SECLEVEL=0'
const [tls10, tls13] = [0x0301, 0x0304]

let parts: Parts | undefined

/**
 * Encrypted connections without node:tls and node:net, whose loading alone costs half a start of node; undefined
 * where this build of node is not one of those known, or lacks what they have. Every certificate will do.
 * @param version as process.version
 * @param servername the name to ask for; none where the server is known by its address
 */
export function bareTls(version: string, servername: string | undefined): Connect | undefined {
  if (!knowsInternals(version)) return undefined
  parts ??= readParts()
  const node = parts
  if (node === undefined) return undefined
  // Before anything is connected: what it throws is for the caller, not for a callback of libuv.
  const context = makeContext(node)
  return bareSockets(version, (stream, failed) => encrypted(node, context, stream, servername, failed))
}

function makeContext(node: Parts): SecureContext {
  const context = new node.SecureContext()
  if (!isContext(context)) throw new Error(`node ${process.version} has TLS contexts of another kind`)
  context.init(undefined, tls10, tls13)
  context.setCiphers(everyCipher)
  return context
}

function encrypted(
  node: Parts,
  context: SecureContext,
  stream: Stream,
  servername: string | undefined,
  failed: (code: string) => void,
): Talker {
  const tls = node.wrap(stream, context, false, false)
  if (!isTlsStream(tls)) throw new Error(`node ${process.version} has TLS streams of another kind`)
  tls.setVerifyMode(false, false)
  if (servername !== undefined) tls.setServername(servername)
  tls.onerror = error => failed(codeOf(error))
  tls.start()
  return tls
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no reason given'
  return 'code' in error ? String(error.code) : error.message
}

function readParts(): Parts | undefined {
  const tls = internalModule('tls_wrap')
  const wrap = tls('wrap')
  const SecureContext = quietInternalModule('crypto')('SecureContext')
  if (typeof wrap !== 'function' || !isMaker(tls('TLSWrap'), tlsMethods)) return undefined
  if (!isMaker(SecureContext, contextMethods)) return undefined
  return { SecureContext, wrap: (...given) => Reflect.apply(wrap, undefined, given) }
}

const contextMethods = ['init', 'setCiphers']
const tlsMethods = [...talkerMethods, 'start', 'setServername', 'setVerifyMode']

function isContext(value: unknown): value is SecureContext {
  return hasMethods(value, contextMethods)
}

function isTlsStream(value: unknown): value is TlsStream {
  return hasMethods(value, tlsMethods)
}
