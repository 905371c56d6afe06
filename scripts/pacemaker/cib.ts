/** The configuration and the history of actions, as far as the rules ask for them. */
export interface Cib {
  /** Properties of the cluster as they are set; what is not set has Pacemaker's default. */
  readonly properties: Settings
  readonly resourceDefaults: Settings
  readonly operationDefaults: Settings
  readonly nodes: readonly CibNode[]
  readonly resources: readonly Resource[]
  readonly locations: readonly Location[]
  readonly levels: readonly FencingLevel[]
  readonly results: readonly ActionResult[]
}

/** Names and values of nvpairs; where a name occurs twice the first one counts, as for Pacemaker. */
export type Settings = ReadonlyMap<string, string>

export interface CibNode {
  readonly id: string
  readonly name: string
  readonly attributes: Settings
  /** Runs no corosync: a remote node or a guest. */
  readonly remote: boolean
}

/** One primitive, with what it has from its template and around it. */
export interface Resource {
  readonly id: string
  /** `ocf:haha:compose-stack`, `stonith:fence_homelab`, `systemd:ollama`. */
  readonly agent: string
  readonly parameters: Settings
  readonly meta: Settings
  readonly operations: readonly Operation[]
  readonly group: string | undefined
  readonly clone: Clone | undefined
}

export interface Clone {
  readonly id: string
  readonly promotable: boolean
  readonly meta: Settings
}

export interface Operation {
  readonly id: string
  readonly name: string
  /** 0 for what runs once. Undefined when Pacemaker could not read it either. */
  readonly intervalMs: number | undefined
  readonly timeoutMs: number | undefined
  /** `Promoted` and `Unpromoted` whatever release wrote it; empty when not said. */
  readonly role: string
  readonly checkLevel: string | undefined
  /** `depth`, which crmsh takes and no agent ever sees. */
  readonly depth: string | undefined
  readonly enabled: boolean
}

export interface Location {
  readonly id: string
  /** The resource; group and clone have names of their own. Empty with a pattern or a set. */
  readonly resource: string
  /** Of a simple location; one by rules has none. */
  readonly node: string | undefined
  readonly score: string
  /** `resource-discovery=exclusive`: it runs on nodes that are named so, and is asked about nowhere else. */
  readonly exclusive: boolean
  readonly rules: readonly LocationRule[]
}

export interface LocationRule {
  readonly id: string
  /** `-INFINITY`, `100`, or the name of an attribute that holds it. */
  readonly score: string
  readonly expressions: readonly Expression[]
}

export interface Expression {
  readonly attribute: string
  /** `lt`, `eq`, `defined`, `not_defined`... */
  readonly operation: string
  readonly value: string
}

export interface FencingLevel {
  readonly target: string
  readonly index: number
  readonly devices: readonly string[]
}

/** The last result that one node keeps of one action. */
export interface ActionResult {
  readonly node: string
  readonly resource: string
  readonly action: string
  readonly intervalMs: number
  readonly tookMs: number
  readonly code: number
}
