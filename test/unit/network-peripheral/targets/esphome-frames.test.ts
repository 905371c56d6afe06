import { expect, test } from 'vitest'
import {
  noiseFrame,
  numberField,
  plainFrame,
  readFields,
  readNoiseFrame,
  readPlainFrame,
  readSealedContent,
  sealedContent,
  textField,
} from '../../../../agents/network-peripheral/targets/esphome-frames.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

test.each([
  ['00 00 07', { type: 7, body: Buffer.alloc(0) }],
  ['00 02 01 0a00', { type: 1, body: hex('0a00') }],
  // From 128 on a varint takes two bytes.
  [`00 8001 8701 ${'00'.repeat(128)}`, { type: 135, body: Buffer.alloc(128) }],
])('the plain frame %.20s is written and read', (text, message) => {
  const bytes = hex(text.replaceAll(' ', ''))
  expect(plainFrame(message)).toEqual(bytes)
  expect(readPlainFrame(bytes, 0)).toEqual({ kind: 'frame', content: message, end: bytes.length })
  for (let length = 0; length < bytes.length; length += 1)
    expect(readPlainFrame(bytes.subarray(0, length), 0)).toEqual({ kind: 'partial' })
})

test('frames that follow each other are read one after the other', () => {
  const two = Buffer.concat([hex('00000700'), hex('0008')])
  const first = readPlainFrame(two, 0)
  expect(first).toMatchObject({ kind: 'frame', content: { type: 7 }, end: 3 })
  expect(readPlainFrame(two, 3)).toMatchObject({ kind: 'frame', content: { type: 8 }, end: 6 })
})

test.each(['02', '48545450', '00ffff7f01', '00ffffffffffffffffffff01', '01000000'])(
  'the bytes %s are no plain frame',
  text => {
    expect(readPlainFrame(hex(text), 0)).toEqual({ kind: 'broken' })
  },
)

test('a Noise frame is written and read', () => {
  expect(noiseFrame(Buffer.alloc(0))).toEqual(hex('010000'))
  const bytes = noiseFrame(Buffer.alloc(300, 7))
  expect(bytes.subarray(0, 3)).toEqual(hex('01012c'))
  expect(readNoiseFrame(bytes, 0)).toEqual({ kind: 'frame', content: Buffer.alloc(300, 7), end: 303 })
  for (const length of [0, 1, 2, 3, 302])
    expect(readNoiseFrame(bytes.subarray(0, length), 0)).toEqual({ kind: 'partial' })
})

test.each(['00', '01ffff', '160301'])('the bytes %s are no Noise frame', text => {
  expect(readNoiseFrame(hex(text), 0)).toEqual({ kind: 'broken' })
})

test('a message inside a sealed frame says its own length', () => {
  const message = { type: 9, body: hex('0a0161') }
  expect(sealedContent(message)).toEqual(hex('000900030a0161'))
  expect(readSealedContent(hex('000900030a0161'))).toEqual(message)
  for (const text of ['', '000900', '000900020a0161', '000900040a0161'])
    expect(readSealedContent(hex(text))).toBeUndefined()
})

test('a protocol buffer is read one level deep, unknown fields passed over', () => {
  const body = Buffer.concat([
    textField(1, 'tubeszb'),
    numberField(2, 300),
    hex('3d01020304'),
    hex('410102030405060708'),
    textField(4, 'é'),
  ])
  expect(body.subarray(0, 12)).toEqual(hex('0a07747562657a6210ac02'.replace('62657a', '6265737a')))
  const fields = readFields(body)
  expect(fields?.get(1)).toEqual(Buffer.from('tubeszb'))
  expect(fields?.get(2)).toBe(300)
  expect(fields?.get(4)).toEqual(Buffer.from('é'))
})

test.each(['0a', '0a05', '0a0561', '08', '0b', '3d0102', '41', 'ffffffffffffffffffff01'])(
  'the bytes %s are no protocol buffer',
  text => {
    expect(readFields(hex(text))).toBeUndefined()
  },
)
