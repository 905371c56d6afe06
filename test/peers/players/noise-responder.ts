import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
} from 'node:crypto'

/** The device's end of an encrypted connection. */
export interface NoiseEnd {
  readonly seal: (plain: Buffer) => Buffer
  readonly open: (sealed: Buffer) => Buffer
}

const sha256 = (...parts: readonly Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest()

/** So many keys of 32 bytes (RFC 5869 with the chaining key as salt). */
const keys = (chaining: Buffer, input: Buffer, count: number) => {
  const bytes = Buffer.from(hkdfSync('sha256', input, chaining, '', 32 * count))
  return Array.from({ length: count }, (_, index) => bytes.subarray(32 * index, 32 * index + 32))
}

const nonce = (count: number) => {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32LE(count, 4)
  return bytes
}

const seal = (key: Buffer, count: number, plain: Buffer, associated: Buffer) => {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce(count), { authTagLength: 16 })
  cipher.setAAD(associated, { plaintextLength: plain.length })
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

const open = (key: Buffer, count: number, sealed: Buffer, associated: Buffer) => {
  const end = sealed.length - 16
  const cipher = createDecipheriv('chacha20-poly1305', key, nonce(count), { authTagLength: 16 })
  cipher.setAAD(associated, { plaintextLength: end })
  cipher.setAuthTag(sealed.subarray(end))
  return Buffer.concat([cipher.update(sealed.subarray(0, end)), cipher.final()])
}

/**
 * The responder of Noise_NNpsk0_25519_ChaChaPoly_SHA256, written apart from the agent's initiator so that
 * one cannot share the other's mistakes.
 *
 * @throws when the initiator does not hold the key
 */
export function answerNoise(
  psk: Buffer,
  prologue: Buffer,
  message: Buffer,
): { readonly reply: Buffer; readonly end: NoiseEnd } {
  const name = sha256(Buffer.from('Noise_NNpsk0_25519_ChaChaPoly_SHA256'))
  const theirs = message.subarray(0, 32)
  // psk, e
  const [c1 = psk, mixed = psk] = keys(name, psk, 3)
  const h1 = sha256(sha256(sha256(name, prologue), mixed), theirs)
  const [c2 = psk, k2 = psk] = keys(c1, theirs, 2)
  open(k2, 0, message.subarray(32), h1)
  const h2 = sha256(h1, message.subarray(32))
  // e, ee
  const pair = generateKeyPairSync('x25519')
  const ours = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  const [c3 = psk] = keys(c2, ours, 2)
  const publicKey = createPublicKey({
    key: { kty: 'OKP', crv: 'X25519', x: theirs.toString('base64url') },
    format: 'jwk',
  })
  const [c4 = psk, k4 = psk] = keys(c3, diffieHellman({ privateKey: pair.privateKey, publicKey }), 2)
  const tag = seal(k4, 0, Buffer.alloc(0), sha256(h2, ours))
  const [inward = psk, outward = psk] = keys(c4, Buffer.alloc(0), 2)
  let received = 0
  let sent = 0
  return {
    reply: Buffer.concat([ours, tag]),
    end: {
      open: sealed => open(inward, received++, sealed, Buffer.alloc(0)),
      seal: plain => seal(outward, sent++, plain, Buffer.alloc(0)),
    },
  }
}
