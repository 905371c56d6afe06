import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

/**
 * The user-based security model of SNMPv3: keys (RFC 3414 A.2), message authentication (RFC 3414, and
 * RFC 7860 for SHA-2), privacy with AES-128 in CFB mode (RFC 3826). DES is left out: Node's OpenSSL has
 * none, and nobody should ask for it.
 */
export const authProtocols = {
  MD5: { hash: 'md5', macBytes: 12 },
  SHA: { hash: 'sha1', macBytes: 12 },
  SHA224: { hash: 'sha224', macBytes: 16 },
  SHA256: { hash: 'sha256', macBytes: 24 },
  SHA384: { hash: 'sha384', macBytes: 32 },
  SHA512: { hash: 'sha512', macBytes: 48 },
} as const

export type AuthProtocol = keyof typeof authProtocols

/** A password made into the key for one engine. */
export function localizedKey(protocol: AuthProtocol, password: string, engineId: Buffer): Buffer {
  const { hash } = authProtocols[protocol]
  const secret = Buffer.from(password)
  const megabyte = Buffer.alloc(1_048_576)
  if (secret.length > 0) for (let at = 0; at < megabyte.length; at += secret.length) secret.copy(megabyte, at)
  const key = createHash(hash).update(megabyte).digest()
  return createHash(hash).update(key).update(engineId).update(key).digest()
}

/** The authentication code of a whole message in which the code's own place holds zeros. */
export function messageCode(protocol: AuthProtocol, key: Buffer, message: Buffer): Buffer {
  const { hash, macBytes } = authProtocols[protocol]
  return createHmac(hash, key).update(message).digest().subarray(0, macBytes)
}

export function sameCode(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** What both sides know of an engine's clock; part of the initialisation vector. */
export interface EngineTime {
  readonly boots: number
  readonly seconds: number
}

/** Encrypts a scoped PDU; `salt` goes into the message. */
export function encrypt(
  key: Buffer,
  time: EngineTime,
  plain: Buffer,
): { readonly salt: Buffer; readonly bytes: Buffer } {
  const salt = randomBytes(8)
  const cipher = createCipheriv('aes-128-cfb', key.subarray(0, 16), vector(time, salt))
  return { salt, bytes: Buffer.concat([cipher.update(plain), cipher.final()]) }
}

export function decrypt(key: Buffer, time: EngineTime, salt: Buffer, bytes: Buffer): Buffer {
  const decipher = createDecipheriv('aes-128-cfb', key.subarray(0, 16), vector(time, salt))
  return Buffer.concat([decipher.update(bytes), decipher.final()])
}

function vector({ boots, seconds }: EngineTime, salt: Buffer): Buffer {
  const start = Buffer.alloc(8)
  start.writeUInt32BE(boots, 0)
  start.writeUInt32BE(seconds, 4)
  return Buffer.concat([start, salt], 16)
}
