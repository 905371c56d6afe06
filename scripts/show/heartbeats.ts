/** One line a stand-in wrote into the shared folder. */
export interface Heartbeat {
  /** Seconds since this machine booted: one clock for all nodes. */
  readonly atSeconds: number
  readonly node: string
  readonly service: string
}

/** Two nodes that wrote in turns: the older one wrote again after the younger one had begun. */
export interface Interleaving {
  readonly service: string
  readonly nodes: readonly [string, string]
  readonly atSeconds: number
}

/** Reads heartbeat files; a line cut short by a power cut is left out, and counted. */
export function readHeartbeats(text: string): { readonly beats: Heartbeat[]; readonly broken: number } {
  const beats: Heartbeat[] = []
  let broken = 0
  for (const line of text.split('\n')) {
    if (line === '') continue
    const parts = /^(\d+\.\d+) (\S+) (\S+)$/.exec(line)
    const [, at, node, service] = parts ?? []
    if (at === undefined || node === undefined || service === undefined) broken += 1
    else beats.push({ atSeconds: Number(at), node, service })
  }
  return { beats, broken }
}

/**
 * Where two nodes wrote heartbeats of one service at once. A node hands over by falling silent: whoever
 * writes after another node has begun was still running beside it.
 */
export function interleavings(beats: readonly Heartbeat[]): Interleaving[] {
  const found: Interleaving[] = []
  const services = new Set(beats.map(beat => beat.service))
  for (const service of services) {
    const own = beats.filter(beat => beat.service === service).sort((a, b) => a.atSeconds - b.atSeconds)
    let current: Heartbeat | undefined
    let former: Heartbeat | undefined
    for (const beat of own) {
      if (current !== undefined && beat.node !== current.node) {
        // Back to the node before within a second: no stack moves there and back as fast.
        if (former !== undefined && former.node === beat.node && beat.atSeconds - former.atSeconds < 1)
          found.push({ service, nodes: [current.node, beat.node], atSeconds: beat.atSeconds })
        former = current
      }
      current = beat
    }
  }
  return found
}
