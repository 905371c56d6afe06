import type { Element } from './ber.ts'
import { BerError, elements, firstElement, inside, integer, numberOf, octets, sequence } from './ber.ts'
import type { AuthProtocol, EngineTime } from './usm.ts'
import { authProtocols, decrypt, encrypt, messageCode, sameCode } from './usm.ts'

/** Who asks, with keys that fit the engine. Without keys the message is open, as for discovery. */
export interface Security {
  readonly engineId: Buffer
  readonly time: EngineTime
  readonly user: string
  readonly auth: { readonly protocol: AuthProtocol; readonly key: Buffer } | undefined
  readonly privacyKey: Buffer | undefined
}

/** An answer that was authenticated and decrypted, or an open report. */
export interface Opened {
  readonly messageId: number
  readonly engineId: Buffer
  readonly time: EngineTime
  readonly authenticated: boolean
  readonly pdu: Element
}

const flag = { auth: 1, privacy: 2, reportable: 4 } as const
const userBasedModel = 3
const largestMessage = 65_507

/** Builds a version 3 message (RFC 3412) around a PDU. */
export function sealMessage(messageId: number, security: Security, pdu: Buffer): Buffer {
  const { engineId, time, user, auth, privacyKey } = security
  const scoped = sequence(octets(engineId), octets(''), pdu)
  const sealed = privacyKey === undefined ? undefined : encrypt(privacyKey, time, scoped)
  const flags =
    flag.reportable | (auth === undefined ? 0 : flag.auth) | (sealed === undefined ? 0 : flag.privacy)
  const header = sequence(
    integer(messageId),
    integer(largestMessage),
    octets(Buffer.from([flags])),
    integer(userBasedModel),
  )
  const build = (code: Buffer) =>
    sequence(
      integer(3),
      header,
      octets(
        sequence(
          octets(engineId),
          integer(time.boots),
          integer(time.seconds),
          octets(user),
          octets(code),
          octets(sealed?.salt ?? ''),
        ),
      ),
      sealed === undefined ? scoped : octets(sealed.bytes),
    )
  if (auth === undefined) return build(Buffer.alloc(0))
  const open = build(Buffer.alloc(authProtocols[auth.protocol].macBytes))
  return build(messageCode(auth.protocol, auth.key, open))
}

/** Opens an answer. @throws BerError when it is broken, forged or sealed for somebody else */
export function openMessage(bytes: Buffer, security: Security): Opened {
  const [, header, parameters, data] = inside(elements(bytes)[0], 4)
  const [id, , flagBytes] = inside(header, 4)
  const flags = flagBytes?.content[0] ?? 0
  const [outer] = parameters === undefined ? [] : elements(parameters.content)
  const [engine, boots, seconds, , code, salt] = inside(outer, 6)
  const time = { boots: numberOf(boots), seconds: numberOf(seconds) }
  const authenticated = (flags & flag.auth) !== 0
  if (authenticated && !isAuthentic(bytes, code, security)) throw new BerError('the answer is not authentic')
  let scoped = data
  if ((flags & flag.privacy) !== 0) {
    if (security.privacyKey === undefined || salt === undefined || data === undefined || !authenticated)
      throw new BerError('the answer is sealed for somebody else')
    scoped = firstElement(decrypt(security.privacyKey, time, salt.content, data.content))
  }
  const [, , pdu] = inside(scoped, 3)
  if (pdu === undefined) throw new BerError('no PDU')
  return { messageId: numberOf(id), engineId: Buffer.from(engine?.content ?? ''), time, authenticated, pdu }
}

/** `code.content` is a view into `bytes`, so its place can be found and zeroed in a copy. */
function isAuthentic(bytes: Buffer, code: Element | undefined, { auth }: Security): boolean {
  if (auth === undefined || code === undefined) return false
  const copy = Buffer.from(bytes)
  const start = code.content.byteOffset - bytes.byteOffset
  copy.fill(0, start, start + code.content.length)
  return sameCode(messageCode(auth.protocol, auth.key, copy), code.content)
}
