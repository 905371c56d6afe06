/** What a drill can rehearse, the gentlest first. */
export const KINDS = ['move', 'kill-app', 'kill-engine', 'fence', 'cut-power', 'cut-network'] as const
export type DrillKind = (typeof KINDS)[number]

/** What is true of every drill of a kind. */
export interface KindFacts {
  readonly title: string
  /** The node goes down, so that the drill must run on another one and fencing must work. */
  readonly losesNode: boolean
  /** Detection is real only when the cluster is not told: every other node must be ready for it. */
  readonly behindItsBack: boolean
}

export const KIND_FACTS: Readonly<Record<DrillKind, KindFacts>> = {
  move: { title: 'the stack is moved to another node', losesNode: false, behindItsBack: false },
  'kill-app': { title: 'an application is killed', losesNode: false, behindItsBack: false },
  'kill-engine': { title: 'the container engine is killed', losesNode: false, behindItsBack: false },
  fence: { title: 'a node is fenced', losesNode: true, behindItsBack: false },
  'cut-power': { title: 'the power of a node is cut', losesNode: true, behindItsBack: true },
  'cut-network': { title: 'the network of a node is cut', losesNode: true, behindItsBack: true },
}
