import { describe, expect, test } from 'vitest'
import { readSockets } from '../../../agents/network-peripheral/socket-sample.ts'

const details =
  'ts sack cubic wscale:7,7 rto:204 rtt:0.5/0.2 mss:1448 cwnd:10 bytes_sent:500 bytes_acked:501 bytes_received:700 segs_out:3 send 1bps lastsnd:484 lastrcv:1200 lastack:484 minrtt:0.01'

const one = (first: string, second = details) => readSockets(`${first}\n\t ${second}\n`, '10.0.0.7', 6638)

describe('a connection of ss', () => {
  test('is read with its counters', () => {
    expect(one('0      0      10.0.0.2:48290 10.0.0.7:6638 ino:6143492 sk:1f cgroup:/ <->')).toEqual({
      kind: 'samples',
      samples: [
        {
          id: '10.0.0.2:48290 6143492 1f',
          sent: 500,
          received: 700,
          acked: 501,
          pending: false,
          backoff: 0,
          silentMs: 1200,
        },
      ],
    })
  })

  test.each([
    ['0 0 [::ffff:10.0.0.2]:48290 [::ffff:10.0.0.7]:6638 ino:1 sk:1'],
    ['0 0 10.0.0.2%eth0:48290 10.0.0.7%eth0:6638 timer:(keepalive,12sec,0) ino:1 sk:1'],
  ])('is found however it is written: %s', line => {
    expect(one(line)).toMatchObject({ samples: [{ received: 700 }] })
  })

  test('with a dead path tells so', () => {
    const dead =
      'cubic rto:6400 backoff:5 rtt:1/1 bytes_sent:99 bytes_retrans:40 bytes_acked:60 unacked:2 retrans:1/5'
    expect(one('0 12 10.0.0.2:1 10.0.0.7:6638 timer:(on,3sec,5) ino:1 sk:1', dead)).toMatchObject({
      samples: [{ sent: 99, received: 0, pending: true, backoff: 5, silentMs: undefined }],
    })
  })

  test('of an old kernel is counted by what was acknowledged', () => {
    expect(one('0 0 10.0.0.2:1 10.0.0.7:6638', 'cubic rto:204 bytes_acked:60')).toMatchObject({
      samples: [{ sent: 60 }],
    })
  })

  test('to another device or port is another one', () => {
    expect(one('0 0 10.0.0.2:1 10.0.0.8:6638')).toEqual({ kind: 'samples', samples: [] })
    expect(one('0 0 10.0.0.2:1 10.0.0.7:6639')).toEqual({ kind: 'samples', samples: [] })
  })

  test.each(['', '\n\n'])('is not there in %j', text => {
    expect(readSockets(text, '10.0.0.7', 6638)).toEqual({ kind: 'samples', samples: [] })
  })

  test('without details, or of another program, is not taken for one', () => {
    expect(readSockets('0 0 10.0.0.2:1 10.0.0.7:6638\n', '10.0.0.7', 6638).kind).toBe('unreadable')
    expect(readSockets('BusyBox v1.36 multi-call binary\n', '10.0.0.7', 6638).kind).toBe('unreadable')
    expect(readSockets('State Recv-Q Send-Q Local Peer\n', '10.0.0.7', 6638).kind).toBe('unreadable')
  })
})

test('two connections to the coordinator are both read', () => {
  const text = `0 0 10.0.0.2:1 10.0.0.7:6638 ino:1\n\t ${details}\n0 0 10.0.0.2:2 10.0.0.7:6638 ino:2\n\t rto:204\n`
  expect(readSockets(text, '10.0.0.7', 6638)).toMatchObject({
    samples: [{ received: 700 }, { received: 0, sent: 0 }],
  })
})
