import { hostText } from '../../../lib/net/address.ts'
import { converse } from '../../../lib/net/conversation.ts'
import { encodedPath, type ProbeAnswer } from '../../../lib/net/probe.ts'
import { askInTime } from './ask-in-time.ts'
import type { Target, TargetProbe } from './target.ts'

const mostHeadBytes = 16 * 1024

/** Asks with OPTIONS (RFC 2326, section 10.1), which opens no stream and needs no login. */
export const probeRtspTarget: TargetProbe = (target, limits) => {
  // A path may carry a login of its own.
  const place = { ...target, url: target.url.replace(/\?.*/, '?...') }
  return askInTime({ ...target, url: place.url }, limits, timeoutMs =>
    converse(place, timeoutMs, {
      hello: optionsRequest(target),
      farewell: Buffer.alloc(0),
      judge: received => judgeRtsp(received, place.url),
    }),
  )
}

/** The request, with sequence number 1. */
export function optionsRequest({ host, port, path }: Target): Buffer {
  const url = `rtsp://${hostText(host)}:${port}${encodedPath(path)}`
  return Buffer.from(`OPTIONS ${url} RTSP/1.0\r\nCSeq: 1\r\n\r\n`)
}

/**
 * Up on any status below 500: a camera that wants a login (401) or knows no such stream (404) lives.
 * The whole head has to arrive, and to answer the request that was sent.
 */
export function judgeRtsp(received: Buffer, where: string): ProbeAnswer | undefined {
  const failed = (what: string) => ({ kind: 'failed', damped: false, reason: `${where} ${what}` }) as const
  const text = received.subarray(0, mostHeadBytes).toString('latin1')
  const isRtsp = text.startsWith('RTSP/'.slice(0, text.length))
  if (!isRtsp) return failed('answered something that is not RTSP')
  const end = text.search(/\r?\n\r?\n/)
  if (end < 0) return received.length < mostHeadBytes ? undefined : failed('answers without end')
  const head = text.slice(0, end)
  const status = Number(/^RTSP\/\d\.\d (\d{3})(?:\s|$)/.exec(head)?.[1] ?? 0)
  if (status < 100) return failed('answered something that is not RTSP')
  const sequence = /\ncseq\s*:\s*(\d+)/i.exec(head)?.[1]
  if (sequence !== undefined && Number(sequence) !== 1) return failed('answered a request of somebody else')
  if (status >= 500) return { ...failed(`answered ${status}`), damped: true }
  return { kind: 'alive', seen: `status ${status}` }
}
