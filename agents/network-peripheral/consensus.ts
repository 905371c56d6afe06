/** What this node remembers between two looks. */
export interface Consensus {
  /** Number of this node's latest look; peers tell a fresh outcome by its change. */
  readonly sequence: number
  readonly failures: number
  readonly successes: number
  /** Failing looks in a row during which a peer proved that it reaches the peripheral. */
  readonly advantage: number
  /** Failing looks in a row without such a proof. */
  readonly alone: number
  /** What constraints are told: 0 only where another node would do better. */
  readonly published: 0 | 1
  /** Peers' sequences at the latest failing look; empty after a success. */
  readonly seen: Readonly<Record<string, number>>
}

/** A peer's latest outcome. */
export interface PeerOutcome {
  readonly ok: boolean
  readonly sequence: number
}

export interface Counts {
  readonly failCount: number
  readonly riseCount: number
  readonly advantageCount: number
}

export function firstConsensus(sequence: number, published: 0 | 1): Consensus {
  return { sequence, failures: 0, successes: 0, advantage: 0, alone: 0, published, seen: {} }
}

/** Counting further says nothing new, and a record that stays the same need not be written. */
const most = 1000

export function afterSuccess(before: Consensus, { riseCount }: Counts): Consensus {
  const successes = Math.min(before.successes + 1, most)
  return {
    ...firstConsensus(before.sequence + 1, successes >= riseCount ? 1 : before.published),
    successes,
  }
}

/**
 * A peer's outcome counts once: in the first failing look whatever it is, because every peer that lives
 * has looked within its interval; afterwards only when it came since this node's previous failing look.
 * So a peripheral that is dead for everybody never moves anything: by the second look each peer has
 * failed, too, or has not answered yet.
 */
export function afterFailure(
  before: Consensus,
  peers: ReadonlyMap<string, PeerOutcome>,
  { failCount, advantageCount }: Counts,
): Consensus {
  const first = before.failures === 0
  const better = [...peers].some(
    ([node, { ok, sequence }]) => ok && (first || sequence !== before.seen[node]),
  )
  const failures = Math.min(before.failures + 1, most)
  const advantage = better ? Math.min(before.advantage + 1, most) : 0
  const alone = better ? 0 : Math.min(before.alone + 1, most)
  const lost = failures >= failCount && advantage >= advantageCount
  return {
    sequence: before.sequence + 1,
    failures,
    successes: 0,
    advantage,
    alone,
    // A single peer that is late with its look is no reason to call the stack back.
    published: lost ? 0 : failures >= failCount && alone >= advantageCount ? 1 : before.published,
    seen: Object.fromEntries([...peers].map(([node, { sequence }]) => [node, sequence])),
  }
}

/** Nobody reaches it, or nobody else is there to ask: moving would not help. */
export function isDownForAll({ failures, alone }: Consensus, { failCount, advantageCount }: Counts): boolean {
  return failures >= failCount && alone >= advantageCount
}

/** As a node tells its latest outcome to the others. */
export function outcomeText(ok: boolean, sequence: number): string {
  return `${ok ? 'ok' : 'fail'}:${sequence}`
}

/** The peers' outcomes; what is not an outcome is nobody's. */
export function readOutcomes(
  values: ReadonlyMap<string, string>,
  ownNode: string,
): ReadonlyMap<string, PeerOutcome> {
  const outcomes = new Map<string, PeerOutcome>()
  for (const [node, text] of values) {
    const [, word, sequence] = /^(ok|fail):(\d{1,15})$/.exec(text) ?? []
    if (node !== ownNode && word !== undefined)
      outcomes.set(node, { ok: word === 'ok', sequence: Number(sequence) })
  }
  return outcomes
}
