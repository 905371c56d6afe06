import type { Observation } from './observation.ts'

/** From worst to mildest; the exit code of the tool follows the worst that was found. */
export const severities = ['critical', 'warning', 'notice'] as const

export type Severity = (typeof severities)[number]

/** What one rule has to say about one thing. */
export interface Finding {
  readonly severity: Severity
  /** One line: what was seen, on what. Never a secret. */
  readonly seen: string
  /** What it leads to, for somebody who has to decide whether it matters here. */
  readonly why: string
  /** The command for people with crmsh, or one that is the same for everybody. */
  readonly crmsh: string
  readonly pcs: string
}

/** A question to what was observed. A part that could not be looked at gives no findings: the report says so. */
export interface Rule {
  /** As it is printed and documented, `stonith-disabled`. */
  readonly id: string
  /** A line for the man page. */
  readonly about: string
  readonly check: (seen: Observation) => readonly Finding[]
}

export interface NamedFinding extends Finding {
  readonly rule: string
}

/** The commands of a cure that does not depend on the shell of the cluster. */
export function anyShell(command: string): Pick<Finding, 'crmsh' | 'pcs'> {
  return { crmsh: command, pcs: command }
}

/** A path or name from outside as one word of a shell: whoever copies the command runs nothing else by it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\\''`)}'`
}
