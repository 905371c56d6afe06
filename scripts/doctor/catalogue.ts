import type { NamedFinding, Rule } from './finding.ts'
import { severities } from './finding.ts'
import type { Gap, Observation } from './observation.ts'
import { stonithDisabled } from './rules/stonith-disabled.ts'

/** In the order in which they are documented. */
export const rules: readonly Rule[] = [stonithDisabled]

/** What every rule has to say, worst first. A rule that fails over something nobody thought of is a gap. */
export function judge(seen: Observation, asked: readonly Rule[] = rules) {
  const findings: NamedFinding[] = []
  const gaps: Gap[] = []
  for (const rule of asked) {
    try {
      for (const finding of rule.check(seen)) findings.push({ rule: rule.id, ...finding })
    } catch (cause) {
      gaps.push({ what: `rule ${rule.id}`, why: cause instanceof Error ? cause.message : String(cause) })
    }
  }
  findings.sort((one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity))
  return { findings, gaps }
}
