import { describe, expect, test } from 'vitest'
import { judgePing } from '../../../../agents/network-peripheral/targets/icmp.ts'
import { descriptionRequest, judgeKnx } from '../../../../agents/network-peripheral/targets/knx.ts'
import { probeTarget } from '../../../../agents/network-peripheral/targets/probe-target.ts'
import { judgeRtsp, optionsRequest } from '../../../../agents/network-peripheral/targets/rtsp.ts'
import { parseTarget, type Target } from '../../../../agents/network-peripheral/targets/target.ts'

function target(url: string): Target {
  const read = parseTarget(url)
  if ('reason' in read) throw new Error(read.reason)
  return read
}

describe('RTSP', () => {
  const judge = (text: string) => judgeRtsp(Buffer.from(text), 'rtsp://cam')

  test('asks with OPTIONS, on the address and the path that are given', () => {
    expect(optionsRequest(target('rtsp://[fe80::1]:8554/live one'.replace(' ', '%20'))).toString()).toBe(
      'OPTIONS rtsp://[fe80::1]:8554/live%20one RTSP/1.0\r\nCSeq: 1\r\n\r\n',
    )
  })

  test.each([
    'RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: DESCRIBE, SETUP\r\n\r\n',
    'RTSP/1.0 401 Unauthorized\r\ncseq:1\r\n\r\n',
    'RTSP/1.0 404\r\n\r\n',
    'RTSP/2.0 454 Session Not Found\nCSeq: 1\n\n',
  ])('%j is life', text => {
    expect(judge(text)).toMatchObject({ kind: 'alive' })
    expect(judge(text.slice(0, -2))).toBeUndefined()
    expect(judge(text.slice(0, 3))).toBeUndefined()
  })

  test.each([
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'not RTSP'],
    ['RTSX', 'not RTSP'],
    ['RTSP/1.0 OK\r\n\r\n', 'not RTSP'],
    ['RTSP/1.0 200 OK\r\nCSeq: 2\r\n\r\n', 'somebody else'],
    ['RTSP/1.0 503 Service Unavailable\r\nCSeq: 1\r\n\r\n', 'answered 503'],
    [`RTSP/1.0 200 OK\r\nX: ${'x'.repeat(20_000)}`, 'without end'],
  ])('%.40j is a failure', (text, reason) => {
    expect(judge(text)).toMatchObject({ kind: 'failed', reason: expect.stringContaining(reason) })
  })
})

describe('KNXnet/IP', () => {
  /** The device block of the standard's example (03.08.02, 7.5.4.2), with a name. */
  const block = Buffer.concat([
    Buffer.from('360102001101 0011 0123456789ab e000170c 001122334455'.replaceAll(' ', ''), 'hex'),
    Buffer.concat([Buffer.from('MYHOME'), Buffer.alloc(24)]),
  ])
  const frame = (...blocks: readonly Buffer[]) => {
    const body = Buffer.concat(blocks)
    const head = Buffer.from('061002040000', 'hex')
    head.writeUInt16BE(6 + body.length, 4)
    return Buffer.concat([head, body])
  }
  const judge = (datagram: Buffer) => judgeKnx(datagram, 'knx://10.0.0.9')

  test('asks for a description and wants it where the question came from', () => {
    expect(descriptionRequest.toString('hex')).toBe('06100203000e0801000000000000')
  })

  test('a description is life, and tells who the device is', () => {
    expect(block).toHaveLength(0x36)
    const families = Buffer.from('0a020201030104010501', 'hex')
    for (const datagram of [frame(block), frame(block, families), frame(families, block)])
      expect(judge(datagram)).toEqual({ kind: 'alive', seen: 'MYHOME (1.1.1)' })
  })

  test.each([
    ['nothing', Buffer.alloc(0), 'not KNXnet/IP'],
    ['something else', Buffer.from('hello there'), 'not KNXnet/IP'],
    ['our own question', descriptionRequest, 'KNX service 0x0203'],
    ['half of it', frame(block).subarray(0, 30), 'cut off'],
    ['a block without length', frame(Buffer.alloc(4)), 'broken'],
    ['a block beyond the end', frame(Buffer.from('3601', 'hex')), 'broken'],
    ['no device', frame(Buffer.from('04020201', 'hex')), 'without its device'],
  ])('%s is a failure', (_, datagram, reason) => {
    expect(judge(datagram)).toMatchObject({ kind: 'failed', reason: expect.stringContaining(reason) })
  })
})

describe('ping', () => {
  const judge = (code: number | undefined, stdout: string, stderr = '') =>
    judgePing({ code, stdout, stderr }, 'icmp://10.0.0.9')

  test.each([
    ['iputils', '1 packets transmitted, 1 received, 0% packet loss, time 0ms\n'],
    ['BusyBox', '1 packets transmitted, 1 packets received, 0% packet loss\n'],
    ['inetutils, an answer twice', '1 packets transmitted, 2 packets received, +1 duplicates\n'],
  ])('a packet that came back is life (%s)', (_, stdout) => {
    expect(judge(0, `64 bytes from 10.0.0.9: time=0.4 ms\n${stdout}`)).toEqual({
      kind: 'alive',
      seen: '0.4 ms',
    })
  })

  test('a router that says the host is unreachable is quoted', () => {
    const stdout =
      'From 10.0.0.1 icmp_seq=1 Destination Host Unreachable\n1 packets transmitted, 0 received, +1 errors\n'
    expect(judge(1, stdout)).toEqual({
      kind: 'timeout',
      reason: 'icmp://10.0.0.9 gave no answer (Destination Host Unreachable)',
    })
  })

  test.each([
    ['ping: connect: Network is unreachable', 'Network is unreachable'],
    ['ping: sendto: No route to host', 'No route to host'],
    ['ping: sending packet: Network is down', 'Network is down'],
  ])('%s is a failure of this node', (stderr, words) => {
    expect(judge(2, '', stderr)).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining(`no way there from this node (${words})`),
    })
  })

  test.each([
    [2, "ping: invalid option -- 'W'\n\nUsage", 'invalid option'],
    [1, 'ping: permission denied (are you root?)', 'permission denied'],
    [127, '', 'exit code 127'],
    [undefined, '', 'exit code none'],
  ])('a ping that ends with %s and %j has not asked', (code, stderr, words) => {
    expect(judge(code, '', stderr)).toMatchObject({
      kind: 'unasked',
      reason: expect.stringContaining(words),
    })
  })
})

test('a name that was not resolved before is not looked up', async () => {
  const limits = { deadlineMs: 300, timeoutMs: 100, attempts: 1 }
  for (const url of [
    'icmp://nas.invalid',
    'esphome://nas.invalid',
    'knx://nas.invalid',
    'http://nas.invalid',
  ])
    expect(await probeTarget(target(url), limits)).toMatchObject({
      up: false,
      unasked: true,
      detail: expect.stringContaining('nas.invalid'),
    })
})
