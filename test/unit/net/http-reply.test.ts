import { expect, test } from 'vitest'
import { replyReader } from '../../../lib/net/http-reply.ts'

const limits = { bodyless: false, maxBytes: 1000, cut: false }

test('of a stream that never ends, what has come so far can be had; before its headers there is nothing', () => {
  const reader = replyReader('device', limits)
  expect(reader.take(Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Enc'))).toBeUndefined()
  expect(reader.soFar()).toBeUndefined()
  reader.take(Buffer.from('oding: chunked\r\n\r\n5\r\nfirst\r\n6\r\nsec'))
  expect(reader.soFar()?.text()).toBe('firstsec')
})

test.each([
  ['HTTP/1.1 500 VM is locked (backup)', 'VM is locked (backup)'],
  ['HTTP/1.1 200', ''],
  ['HTTP/1.0 200 ', ''],
])('the words beside the status are kept: %s', (line, words) => {
  const reply = replyReader('device', limits).take(Buffer.from(`${line}\r\nContent-Length: 0\r\n\r\n`))
  expect(reply?.statusText).toBe(words)
})

test.each([
  'HTTP/2 200 OK',
  'HTTP/1.1  200 OK',
  'HTTP/1.1 099',
  'HTTP/1.1 0200',
  'HTTP/1.1 2e2',
  'HTTP/1.1 20',
  'HTTP/1.1',
])('a reply that begins with %s is none', line => {
  const reader = replyReader('device', limits)
  expect(() => reader.take(Buffer.from(`${line}\r\nContent-Length: 0\r\n\r\n`))).toThrow(
    'device answered with headers that cannot be read',
  )
})

test('what is no ASCII arrives as it was sent, also when a piece ends in the middle of a character', () => {
  const body = Buffer.from('{"name":"Küche 🔥"}')
  const head = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`)
  for (let cut = 1; cut < body.length; cut += 1) {
    const reader = replyReader('device', limits)
    expect(reader.take(Buffer.concat([head, body.subarray(0, cut)]))).toBeUndefined()
    const reply = reader.take(body.subarray(cut))
    expect(reply?.text()).toBe('{"name":"Küche 🔥"}')
    expect(reply?.json()).toEqual({ name: 'Küche 🔥' })
    expect(reply?.bytes()).toEqual(body)
  }
})

test('bytes that are no text at all are handed on as they are', () => {
  const body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  const chunked = Buffer.concat([
    Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\n'),
    body,
    Buffer.from('\r\n0\r\n'),
  ])
  expect(replyReader('device', limits).take(chunked)?.bytes()).toEqual(body)
})
