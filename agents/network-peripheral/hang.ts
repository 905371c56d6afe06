import type { SocketSample } from './socket-sample.ts'

/** What is remembered of Zigbee2MQTT's connection. Times are since boot. */
export interface SessionWatch {
  readonly id: string
  readonly sent: number
  readonly received: number
  readonly acked: number
  readonly pending: boolean
  /** Samples in a row in which bytes had gone out and none had come back. */
  readonly unanswered: number
  /** When the first of them was taken. */
  readonly unansweredAtMs: number
  /** When data came last, or when the connection was first seen. */
  readonly heardAtMs: number
  readonly seenAtMs: number
}

export type SessionVerdict =
  /** The coordinator sends. */
  | 'answers'
  /** Nothing was sent since the last sample: no evidence of anything. */
  | 'idle'
  /** Sent just now, and not yet acknowledged. */
  | 'under-way'
  /** The other side acknowledges nothing any more. */
  | 'path-dead'
  /** Acknowledged by the bridge, and not answered by the radio: so far once, or not for long enough. */
  | 'unanswered'
  | 'hung'

export interface HangLimits {
  readonly hangSamples: number
  readonly hangMs: number
}

/** Judges a sample by the one before it. */
export function judgeSession(
  before: SessionWatch | undefined,
  sample: SocketSample,
  nowMs: number,
  { hangSamples, hangMs }: HangLimits,
): { readonly watch: SessionWatch; readonly verdict: SessionVerdict } {
  const same = before?.id === sample.id
  const heard = sample.received > (same ? before.received : 0)
  const spoke = sample.sent > (same ? before.sent : 0)
  const { id, sent, received, acked, pending } = sample
  const seen = { id, sent, received, acked, pending, seenAtMs: nowMs }
  if (heard) {
    const heardAtMs = nowMs - Math.min(sample.silentMs ?? 0, nowMs)
    return { watch: { ...seen, unanswered: 0, unansweredAtMs: 0, heardAtMs }, verdict: 'answers' }
  }
  // A connection made anew does not end the silence: Zigbee2MQTT reconnects to a hung radio for ever.
  const unanswered = before?.unanswered ?? 0
  const unansweredAtMs = before?.unansweredAtMs ?? 0
  const kept = { ...seen, unanswered, unansweredAtMs, heardAtMs: before?.heardAtMs ?? nowMs }
  if (pending) {
    const stuck = same && before.pending && before.acked === acked
    return { watch: kept, verdict: sample.backoff > 0 || stuck ? 'path-dead' : 'under-way' }
  }
  const isHung = (count: number, sinceMs: number) => count >= hangSamples && nowMs - sinceMs >= hangMs
  if (!spoke) return { watch: kept, verdict: isHung(unanswered, unansweredAtMs) ? 'hung' : 'idle' }
  const count = Math.min(unanswered + 1, 1000)
  const sinceMs = unanswered === 0 ? nowMs : unansweredAtMs
  return {
    watch: { ...kept, unanswered: count, unansweredAtMs: sinceMs },
    verdict: isHung(count, sinceMs) ? 'hung' : 'unanswered',
  }
}
