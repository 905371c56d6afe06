import { expect, test } from 'vitest'
import { NoiseFailure, startNoise } from '../../../../agents/network-peripheral/targets/noise.ts'

/** Noise_NNpsk0_25519_ChaChaPoly_SHA256 of the published vectors of the cacophony library. */
const vector = {
  prologue: '4a6f686e2047616c74',
  psk: '54686973206973206d7920417573747269616e20706572737065637469766521',
  ephemeral: '893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a',
  first: {
    payload: '4c756477696720766f6e204d69736573',
    message:
      'ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c794479b962b8aff8485742ac32f905ba45369e2465fb59e138a93d67a0d1266b6a54',
  },
  second: {
    payload: '4d757272617920526f746862617264',
    message:
      '95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843d6062704d5a9c422a8e834423f8c1feada7e8d0d910a1a2cd030fb584221e3',
  },
  transport: [
    ['462e20412e20486179656b', 'e632c3763d7669067383433197a3baddf146e9e70ad4b4e9e59e0f'],
    ['4361726c204d656e676572', '64c6bee32ea91c8474bb4c21d7a700109ad45af77b29764ba5eb1e'],
    [
      '4a65616e2d426170746973746520536179',
      'e2fa0bed0603b62d3ccac2ecabbf3fe33f3e86514909b323361626266cb2471cc8',
    ],
    [
      '457567656e2042f6686d20766f6e2042617765726b',
      '0c01dc9cec1fe4ddd692e8dd32188aa351088dc91183639a53b57aa4692b5ebdef8b8ca111',
    ],
  ],
} as const

const hex = (text: string) => Buffer.from(text, 'hex')
const start = (psk: string = vector.psk) =>
  startNoise({
    prologue: hex(vector.prologue),
    psk: hex(psk),
    payload: hex(vector.first.payload),
    ephemeral: hex(vector.ephemeral),
  })

test('the handshake and its messages are those of the published vectors', async () => {
  const initiator = await start()
  expect(initiator.message.toString('hex')).toBe(vector.first.message)
  const { payload, session } = initiator.finish(hex(vector.second.message))
  expect(payload.toString('hex')).toBe(vector.second.payload)
  for (const [index, [plain, sealed]] of vector.transport.entries()) {
    if (index % 2 === 0) expect(session.seal(hex(plain)).toString('hex')).toBe(sealed)
    else expect(session.open(hex(sealed)).toString('hex')).toBe(plain)
  }
})

test('a handshake of somebody without the key is not finished', async () => {
  const initiator = await start('00'.repeat(32))
  expect(() => initiator.finish(hex(vector.second.message))).toThrow(NoiseFailure)
})

test.each([
  ['cut off', vector.second.message.slice(0, 80), /cut off/],
  ['a key that gives no secret', '00'.repeat(48), /no secret/],
  ['one bit changed', `${vector.second.message.slice(0, -1)}2`, /not sealed/],
])('a handshake that is wrong (%s) is refused', async (_, reply, reason) => {
  const initiator = await start()
  expect(() => initiator.finish(hex(reply))).toThrow(reason)
})

test('a message that was changed on its way, or comes twice, is refused', async () => {
  const sealed = hex(vector.transport[1][1])
  const { session } = (await start()).finish(hex(vector.second.message))
  const changed = Buffer.from(sealed)
  changed[0] = 0
  expect(() => session.open(changed)).toThrow(NoiseFailure)
  const again = (await start()).finish(hex(vector.second.message)).session
  expect(again.open(sealed).toString()).toBe('Carl Menger')
  expect(() => again.open(sealed)).toThrow(NoiseFailure)
})

test('two handshakes never share an ephemeral key', async () => {
  const settings = { prologue: Buffer.alloc(0), psk: Buffer.alloc(32) }
  const messages = await Promise.all([startNoise(settings), startNoise(settings)])
  expect(messages[0]?.message.equals(messages[1]?.message ?? Buffer.alloc(0))).toBe(false)
})
