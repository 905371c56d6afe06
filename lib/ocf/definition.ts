import type { Parameter } from './parameter.ts'

/** Something an agent needs on the host, and where an operator gets it. */
export interface Requirement {
  /** Name as found by PATH. */
  readonly binary: string
  /** Debian package that has it. */
  readonly debianPackage: string
}

/** 0 cheap, 10 a real answer from the service, 20 end to end. */
export type Depth = 0 | 10 | 20

/** An action of the metadata: what Pacemaker's tools advise when a primitive is configured. */
export interface ActionAdvice {
  readonly name: 'start' | 'stop' | 'monitor' | 'reload-agent' | 'validate-all' | 'meta-data' | 'notify'
  readonly timeoutSeconds: number
  /** Only for monitor. Two monitors never share an interval. */
  readonly intervalSeconds?: number
  /** Only for monitor: 0 cheap, 10 a real answer from the service, 20 end to end. */
  readonly depth?: Depth
}

/**
 * Everything a tool or a person is told about an agent. Metadata XML, validation, man page and
 * reference table are all made from it; nothing of it is written twice.
 */
export interface AgentDefinition {
  /** Name of the executable and of the OCF type, as in `ocf:haha:<name>`. */
  readonly name: string
  readonly shortdesc: string
  /** Paragraphs, separated by an empty line. */
  readonly longdesc: string
  readonly parameters: readonly Parameter<unknown>[]
  readonly actions: readonly ActionAdvice[]
  /** What start and validate-all ask for before anything else; its absence is exit code 5. */
  readonly requirements: readonly Requirement[]
  /** A working primitive for the man page and the docs, in crmsh's language. */
  readonly example: string
  /** What the agent deliberately does not do, a sentence each. */
  readonly nonGoals: readonly string[]
}

/** The advised timeout of an action in milliseconds; what an action gets when its caller names none. */
export function advisedTimeoutMs(definition: AgentDefinition, action: string): number {
  const advice = definition.actions.find(candidate => candidate.name === action)
  return (advice?.timeoutSeconds ?? 20) * 1000
}

/** The deepest depth the definition lists that is not deeper than what the caller asked for. */
export function depthFor(definition: AgentDefinition, checkLevel: number): Depth {
  let depth: Depth = 0
  for (const action of definition.actions) {
    if (
      action.name === 'monitor' &&
      action.depth !== undefined &&
      action.depth <= checkLevel &&
      action.depth > depth
    ) {
      depth = action.depth
    }
  }
  return depth
}
