import type * as Crypto from 'node:crypto'

/** A handshake or a message that does not fit the key, or is none. */
export class NoiseFailure extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NoiseFailure'
  }
}

/** Both directions of a finished handshake; each message has to be opened in the order it was sealed in. */
export interface NoiseSession {
  seal(plain: Buffer): Buffer
  /** @throws NoiseFailure when it was not sealed with this session's key */
  open(sealed: Buffer): Buffer
}

/** Our half of a handshake. */
export interface NoiseInitiator {
  /** The first message: our ephemeral key and the sealed payload. */
  readonly message: Buffer
  /** Reads the second message. @throws NoiseFailure when the other side does not hold the key */
  finish(reply: Buffer): { readonly payload: Buffer; readonly session: NoiseSession }
}

export interface NoiseSettings {
  readonly prologue: Buffer
  /** The pre-shared key, 32 bytes. */
  readonly psk: Buffer
  readonly payload?: Buffer
  /** A private X25519 key instead of a fresh one: only for vectors. */
  readonly ephemeral?: Buffer
}

const protocolName = 'Noise_NNpsk0_25519_ChaChaPoly_SHA256'
const keyBytes = 32
const tagBytes = 16
/** What DER (RFC 8410) puts before the 32 bytes of an X25519 key. */
const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex')
const publicPrefix = Buffer.from('302a300506032b656e032100', 'hex')
const empty = Buffer.alloc(0)

/**
 * The initiator of Noise_NNpsk0_25519_ChaChaPoly_SHA256 (Noise Protocol Framework, revision 34), from
 * nothing but node's own cryptography.
 */
export async function startNoise(settings: NoiseSettings): Promise<NoiseInitiator> {
  const crypto = await import('node:crypto')
  const { prologue, psk, payload = empty, ephemeral } = settings
  const own =
    ephemeral === undefined
      ? crypto.generateKeyPairSync('x25519').privateKey
      : crypto.createPrivateKey({
          key: Buffer.concat([privatePrefix, ephemeral]),
          format: 'der',
          type: 'pkcs8',
        })
  const ownPublic = crypto
    .createPublicKey(own)
    .export({ format: 'der', type: 'spki' })
    .subarray(publicPrefix.length)
  const state = symmetricState(crypto, prologue)
  // -> psk, e: with a pre-shared key the ephemeral one enters the chaining key as well (section 9.2).
  state.mixKeyAndHash(psk)
  state.mixHash(ownPublic)
  state.mixKey(ownPublic)
  const message = Buffer.concat([ownPublic, state.sealAndHash(payload)])
  return {
    message,
    finish(reply) {
      if (reply.length < keyBytes + tagBytes) throw new NoiseFailure('the handshake is cut off')
      // <- e, ee
      const theirs = Buffer.from(reply.subarray(0, keyBytes))
      state.mixHash(theirs)
      state.mixKey(theirs)
      state.mixKey(sharedSecret(crypto, own, theirs))
      const told = state.openAndHash(reply.subarray(keyBytes))
      return { payload: told, session: state.split() }
    },
  }
}

function sharedSecret(crypto: typeof Crypto, privateKey: Crypto.KeyObject, theirs: Buffer): Buffer {
  try {
    const publicKey = crypto.createPublicKey({
      key: Buffer.concat([publicPrefix, theirs]),
      format: 'der',
      type: 'spki',
    })
    return crypto.diffieHellman({ privateKey, publicKey })
  } catch {
    throw new NoiseFailure('the handshake holds a key that gives no secret')
  }
}

/** Sections 5.2 and 5.1 of the framework: chaining key, transcript hash and the key of the moment. */
function symmetricState(crypto: typeof Crypto, prologue: Buffer) {
  const hash = (...parts: readonly Buffer[]) => {
    const digest = crypto.createHash('sha256')
    for (const part of parts) digest.update(part)
    return digest.digest()
  }
  const hmac = (key: Buffer, ...parts: readonly Buffer[]) => {
    const digest = crypto.createHmac('sha256', key)
    for (const part of parts) digest.update(part)
    return digest.digest()
  }
  const derive = (input: Buffer) => {
    const secret = hmac(chaining, input)
    const first = hmac(secret, Buffer.from([1]))
    const second = hmac(secret, first, Buffer.from([2]))
    return { first, second, third: hmac(secret, second, Buffer.from([3])) }
  }
  // A name longer than a hash is hashed.
  let transcript = hash(Buffer.from(protocolName))
  let chaining = transcript
  // Replaced before its first use, because the pre-shared key comes first.
  let cipher = cipherState(crypto, Buffer.alloc(keyBytes))
  const mixHash = (data: Buffer) => {
    transcript = hash(transcript, data)
  }
  mixHash(prologue)
  return {
    mixHash,
    mixKey(input: Buffer) {
      const { first, second } = derive(input)
      chaining = first
      cipher = cipherState(crypto, second)
    },
    mixKeyAndHash(input: Buffer) {
      const { first, second, third } = derive(input)
      chaining = first
      mixHash(second)
      cipher = cipherState(crypto, third)
    },
    sealAndHash(plain: Buffer): Buffer {
      const sealed = cipher.seal(plain, transcript)
      mixHash(sealed)
      return sealed
    },
    openAndHash(sealed: Buffer): Buffer {
      const plain = cipher.open(sealed, transcript)
      mixHash(sealed)
      return plain
    },
    split(): NoiseSession {
      const { first, second } = derive(empty)
      const outward = cipherState(crypto, first)
      const inward = cipherState(crypto, second)
      return { seal: plain => outward.seal(plain, empty), open: sealed => inward.open(sealed, empty) }
    },
  }
}

/** ChaCha20-Poly1305 (RFC 8439) under one key, with the count of messages as nonce (section 12.3). */
function cipherState(crypto: typeof Crypto, key: Buffer) {
  let count = 0n
  const options = { authTagLength: tagBytes } as const
  const nextNonce = () => {
    const nonce = Buffer.alloc(12)
    nonce.writeBigUInt64LE(count, 4)
    count += 1n
    return nonce
  }
  return {
    seal(plain: Buffer, associated: Buffer): Buffer {
      const cipher = crypto.createCipheriv('chacha20-poly1305', key, nextNonce(), options)
      cipher.setAAD(associated, { plaintextLength: plain.length })
      return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    open(sealed: Buffer, associated: Buffer): Buffer {
      if (sealed.length < tagBytes) throw new NoiseFailure('a message is cut off')
      const length = sealed.length - tagBytes
      const decipher = crypto.createDecipheriv('chacha20-poly1305', key, nextNonce(), options)
      decipher.setAAD(associated, { plaintextLength: length })
      decipher.setAuthTag(sealed.subarray(length))
      try {
        return Buffer.concat([decipher.update(sealed.subarray(0, length)), decipher.final()])
      } catch {
        throw new NoiseFailure('a message was not sealed with this key')
      }
    },
  }
}
