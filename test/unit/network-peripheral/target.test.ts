import { expect, test } from 'vitest'
import { parseTarget } from '../../../agents/network-peripheral/targets/target.ts'

test.each([
  ['icmp://192.168.1.5', { scheme: 'icmp', host: '192.168.1.5', port: 0 }],
  ['esphome://proxy.lan', { scheme: 'esphome', host: 'proxy.lan', port: 6053 }],
  ['esphome://10.0.0.7:6054/tubeszb', { scheme: 'esphome', port: 6054, path: '/tubeszb' }],
  ['esphome://10.0.0.7/AA:BB:CC:00:11:22', { port: 6053, path: '/AA:BB:CC:00:11:22' }],
  ['knx://[fe80::1%eth0]', { scheme: 'knx', host: 'fe80::1%eth0', port: 3671 }],
  [
    'RTSP://user:pw@10.0.0.7/stream?x=1',
    { scheme: 'rtsp', host: '10.0.0.7', port: 554, path: '/stream?x=1' },
  ],
  ['tcp://10.0.0.7:6638', { scheme: 'tcp', port: 6638, path: '/' }],
])('%s is a target', (text, expected) => {
  expect(parseTarget(text)).toMatchObject(expected)
})

test('a user and password of a target are not shown', () => {
  expect(parseTarget('rtsp://user:pw@10.0.0.7/s')).toMatchObject({ url: 'rtsp://10.0.0.7/s' })
})

test.each([
  ['', 'scheme://host'],
  ['10.0.0.7', 'scheme://host'],
  ['ftp://10.0.0.7', 'unknown'],
  ['tcp://10.0.0.7', 'needs a port'],
  ['tcp://10.0.0.7:70000', 'no port'],
  ['icmp://10.0.0.7:1', 'no ports'],
  ['icmp://10.0.0.700', 'no address'],
  ['mqtt://10.0.0.7/topic', 'no path'],
  ['esphome://10.0.0.7/a/b', 'name of the device'],
  ['esphome://10.0.0.7?x', 'name of the device'],
])('%j is refused and the reason says why', (text, reason) => {
  expect(parseTarget(text)).toMatchObject({ reason: expect.stringContaining(reason) })
})
