import { isIP } from 'node:net'
import { expect, test } from 'vitest'
import { isIpLiteral } from '../../../lib/net/address.ts'

test.each([
  ['127.0.0.1'],
  ['255.255.255.255'],
  ['256.0.0.1'],
  ['010.0.0.1'],
  ['1.2.3'],
  ['1.2.3.4.5'],
  ['::1'],
  ['::'],
  ['fe80::1%eth0'],
  ['1:2:3:4:5:6:7:8'],
  ['1:2:3:4:5:6:7'],
  ['1:2:3:4:5:6:7::'],
  ['1:2:3:4:5:6:7:8::'],
  ['::ffff:1.2.3.4'],
  ['1.2.3.4::'],
  ['::1.2.3'],
  ['1::2::3'],
  ['12345::'],
  [':::'],
  [':1'],
  ['nas'],
  ['nas.local'],
  [''],
])('%j is an address exactly when node takes it for one', host => {
  expect(isIpLiteral(host)).toBe(isIP(host) > 0)
})
