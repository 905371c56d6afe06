import { expect, test } from 'vitest'
import { readCheckUrl } from '../../../agents/network-peripheral/check-url.ts'
import { readAnswer as readCheck } from '../../../agents/network-peripheral/coordinator-check.ts'
import { endpointText, readEndpoint } from '../../../agents/network-peripheral/endpoint.ts'
import { linesOf, readAnswer, withinWindow } from '../../../agents/network-peripheral/log-witness.ts'
import { jitterMs } from '../../../agents/network-peripheral/look.ts'

test.each(['10.0.0.7:6638', 'bridge.lan:1', '[fe80::1]:65535'])('%s is host and port', text => {
  const endpoint = readEndpoint(text)
  expect(endpoint === undefined ? undefined : endpointText(endpoint)).toBe(text)
})

test.each(['', '10.0.0.7', '10.0.0.7:0', '10.0.0.7:65536', '10.0.0.700:1', '[10.0.0.7]:1', 'a:1:2', 'a b:1'])(
  '%j is no host and port',
  text => {
    expect(readEndpoint(text)).toBeUndefined()
  },
)

test('the broker is read with its user, port and base topic', () => {
  expect(readCheckUrl('mqtt://haha@[::1]:1884/house/z2m/')).toEqual({
    user: 'haha',
    host: '::1',
    port: 1884,
    baseTopic: 'house/z2m',
  })
  expect(readCheckUrl('mqtt://u:secret@10.0.0.7/z2m')).toBeUndefined()
})

test.each([
  ['{"status":"ok","transaction":"t1","data":{}}', 'alive'],
  ['{"status":"error","transaction":"t1","error":"SRSP - SYS - osalNvRead after 6000ms"}', 'radio-silent'],
  ['{"status":"error","transaction":"t1","error":"Coordinator does not support it"}', 'unknown'],
])('Zigbee2MQTT’s answer %s means %s', (payload, kind) => {
  expect(readCheck(payload, 't1')).toMatchObject({ kind })
})

test.each(['', 'ok', '{"status":"ok","transaction":"t2"}', '{"status":"ok"}', '[]'])(
  '%j answers somebody else',
  payload => {
    expect(readCheck(payload, 't1')).toBeUndefined()
  },
)

test('what a child found in the log is read whole or not at all', () => {
  expect(readAnswer('7 100 3\n')).toEqual({ position: { inode: 7, offset: 100 }, lines: 3 })
  for (const text of ['', '7 100 3', '7 100\n', '7 100 -3\n', 'x y z\n'])
    expect(readAnswer(text)).toBeUndefined()
})

test('lines of the log count within the window', () => {
  const counts = [
    { atMs: 1000, lines: 5 },
    { atMs: 60_000, lines: 2 },
  ]
  expect(linesOf(withinWindow(counts, 60_999, 60_000))).toBe(7)
  expect(linesOf(withinWindow(counts, 61_000, 60_000))).toBe(2)
})

test('each node has a delay of its own, below half a second', () => {
  const delays = ['n1', 'n2', 'n3', 'node-a.example'].map(jitterMs)
  expect(new Set(delays).size).toBe(4)
  for (const delay of delays) expect(delay).toBeLessThan(500)
})
