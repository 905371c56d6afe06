/** A container of a service that had processes on a node, from the first to the last look that saw it. */
export interface Presence {
  readonly service: string
  readonly node: string
  readonly container: string
  readonly fromMs: number
  /** The last look that saw it, milliseconds since the epoch. */
  toMs: number
}

/** What one look saw: containers with live processes. */
export interface Sighting {
  readonly service: string
  readonly node: string
  readonly container: string
}

/** A service that had processes on two nodes at once. */
export interface DoubleRun {
  readonly service: string
  readonly nodes: readonly [string, string]
  readonly fromMs: number
  readonly toMs: number
}

/** Joins looks that follow each other into stretches. */
export class PresenceLog {
  readonly all: Presence[] = []
  readonly #open = new Map<string, Presence>()
  #looks = 0
  #lastMs: number | undefined
  #longestGapMs = 0

  get looks(): number {
    return this.#looks
  }

  /** The longest time between two looks: what is shorter may have gone unseen. */
  get longestGapMs(): number {
    return this.#longestGapMs
  }

  /** @returns what is new in this look */
  look(atMs: number, seen: readonly Sighting[]): Presence[] {
    this.#looks += 1
    if (this.#lastMs !== undefined) this.#longestGapMs = Math.max(this.#longestGapMs, atMs - this.#lastMs)
    this.#lastMs = atMs
    const now = new Set<string>()
    const begun: Presence[] = []
    for (const one of seen) {
      const key = `${one.node} ${one.container}`
      now.add(key)
      const known = this.#open.get(key)
      if (known !== undefined) known.toMs = atMs
      else {
        const presence = { ...one, fromMs: atMs, toMs: atMs }
        this.#open.set(key, presence)
        this.all.push(presence)
        begun.push(presence)
      }
    }
    for (const key of [...this.#open.keys()]) if (!now.has(key)) this.#open.delete(key)
    return begun
  }

  /** What the last look saw. */
  running(): readonly Presence[] {
    return [...this.#open.values()]
  }
}

/** Every pair of stretches of one service on two nodes that share a look. */
export function doubleRuns(presences: readonly Presence[]): DoubleRun[] {
  const found: DoubleRun[] = []
  presences.forEach((one, index) => {
    for (const other of presences.slice(index + 1)) {
      if (one.service !== other.service || one.node === other.node) continue
      const fromMs = Math.max(one.fromMs, other.fromMs)
      const toMs = Math.min(one.toMs, other.toMs)
      if (fromMs <= toMs) found.push({ service: one.service, nodes: [one.node, other.node], fromMs, toMs })
    }
  })
  return found
}

/** The first container seen on a node from a moment on: when the take-over really began. */
export function firstOn(presences: readonly Presence[], node: string, sinceMs: number): Presence | undefined {
  return presences
    .filter(one => one.node === node && one.fromMs >= sinceMs)
    .reduce<Presence | undefined>(
      (first, one) => (first === undefined || one.fromMs < first.fromMs ? one : first),
      undefined,
    )
}

/** Whether any container of the stack ran on a node in a stretch of time. */
export const ranOn = (presences: readonly Presence[], node: string, fromMs: number, toMs: number): boolean =>
  presences.some(one => one.node === node && one.toMs >= fromMs && one.fromMs <= toMs)
