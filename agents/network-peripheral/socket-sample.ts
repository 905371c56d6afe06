import type { Endpoint } from './endpoint.ts'

/** What the kernel tells of one established TCP connection. Bytes are counted since it was made. */
export interface SocketSample {
  /** Of this connection alone: its own port and the kernel's number for it. */
  readonly id: string
  readonly sent: number
  readonly received: number
  /** Bytes that the other side has acknowledged. */
  readonly acked: number
  /** Something was sent, or waits to be sent, and is not acknowledged. */
  readonly pending: boolean
  /** How often the retransmission timer has been doubled: the path is dead. */
  readonly backoff: number
  /** Since data came last; undefined when none ever came. */
  readonly silentMs: number | undefined
}

export type SocketList =
  | { readonly kind: 'samples'; readonly samples: readonly SocketSample[] }
  /** It is not the output that we know. */
  | { readonly kind: 'unreadable'; readonly line: string }

/** Reads `ss -Htnioe state established`: two lines a connection, the second one indented; others are left out. */
export function readSockets(text: string, address: string, port: number): SocketList {
  const samples: SocketSample[] = []
  const lines = text.split('\n')
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '' || /^\s/.test(line)) continue
    const [, , local = '', peer = ''] = line.trim().split(/\s+/)
    const there = readPeer(peer)
    if (there === undefined || !/^\d+\s+\d+\s/.test(line)) return { kind: 'unreadable', line }
    if (there.host !== plainAddress(address) || there.port !== port) continue
    const rest = lines.slice(index + 1)
    const end = rest.findIndex(follower => !/^\s/.test(follower))
    const sample = readSample(local, line, rest.slice(0, end < 0 ? rest.length : end).join(' '))
    if (sample === undefined) return { kind: 'unreadable', line: rest[0] ?? line }
    samples.push(sample)
  }
  return { kind: 'samples', samples }
}

function readSample(local: string, line: string, details: string): SocketSample | undefined {
  // Counters of 0 are left out, so something that is always there has to prove that these are details.
  if (!/ rto:\d/.test(` ${details}`)) return undefined
  const number = (name: string) => {
    const found = new RegExp(`(?:^|[\\s(])${name}:(\\d+(?:\\.\\d+)?)`).exec(details)?.[1]
    return found === undefined ? undefined : Number(found)
  }
  const received = number('bytes_received') ?? 0
  const kernelNumber = /\bino:(\d+)/.exec(line)?.[1] ?? ''
  return {
    id: `${local} ${kernelNumber} ${/\bsk:([0-9a-f]+)/.exec(line)?.[1] ?? ''}`.trim(),
    // Kernels before 4.19 count acknowledged bytes alone, which is as good where nothing is under way.
    sent: number('bytes_sent') ?? number('bytes_acked') ?? 0,
    received,
    acked: number('bytes_acked') ?? 0,
    pending: (number('unacked') ?? 0) > 0 || !/^\d+\s+0\s/.test(line),
    backoff: number('backoff') ?? 0,
    silentMs: received === 0 ? undefined : number('lastrcv'),
  }
}

/** The far end as ss writes it: `10.0.0.1:6638`, `[::ffff:10.0.0.1]:6638`, `[fe80::1]%eth0:6638`. */
function readPeer(text: string): Endpoint | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\](?:%[\w.-]+)?|([\d.]+)(?:%[\w.-]+)?):(\d+)$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  return host === undefined ? undefined : { host: plainAddress(host), port: Number(match?.[3]) }
}

/** IPv4 within IPv6 as IPv4; without a zone. */
function plainAddress(text: string): string {
  return text
    .toLowerCase()
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=\d+\.)/, '')
}
