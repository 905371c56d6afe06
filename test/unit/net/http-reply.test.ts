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
