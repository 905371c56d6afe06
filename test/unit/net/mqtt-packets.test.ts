import { expect, test } from 'vitest'
import { connectPacket, takePackets } from '../../../lib/net/mqtt-packets.ts'

test('an anonymous CONNECT has no client id, and is the one that probes send', () => {
  expect(connectPacket({ user: undefined, password: undefined, keepAliveSeconds: 10 }).toString('hex')).toBe(
    '100c00044d5154540402000a0000',
  )
})

test('a CONNECT with a login follows the layout of section 3.1 of the standard', () => {
  expect(connectPacket({ user: 'me', password: 'pw', keepAliveSeconds: 60 }).toString('hex')).toBe(
    '101400044d51545404c2003c0000' + '00026d65' + '00027077',
  )
})

test('a login longer than a byte can count makes the length two bytes', () => {
  const packet = connectPacket({ user: 'me', password: 'x'.repeat(200), keepAliveSeconds: 10 })
  expect(packet.subarray(0, 3).toString('hex')).toBe('10da01')
  expect(packet).toHaveLength(3 + 218)
  expect(takePackets(packet)).toMatchObject({ packets: [{ type: 1 }], rest: Buffer.alloc(0) })
})
