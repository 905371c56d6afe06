import type { NamedFinding, Rule } from './finding.ts'
import { severities } from './finding.ts'
import type { Gap, Observation } from './observation.ts'
import { cloneOnArbiter } from './rules/clone-on-arbiter.ts'
import { drbdSecondLeg } from './rules/drbd-second-leg.ts'
import { maintenanceOn } from './rules/maintenance-on.ts'
import { modelAbsent } from './rules/model-absent.ts'
import { monitorDepth } from './rules/monitor-depth.ts'
import { monitorInterval } from './rules/monitor-interval.ts'
import { monitorMissing } from './rules/monitor-missing.ts'
import { mtuDiffers } from './rules/mtu-differs.ts'
import { nfsGrace } from './rules/nfs-grace.ts'
import { ocfs2Sync } from './rules/ocfs2-sync.ts'
import { ocfs2Threshold } from './rules/ocfs2-threshold.ts'
import { peripheralRule } from './rules/peripheral-rule.ts'
import { quorumTwoNodes } from './rules/quorum-two-nodes.ts'
import { restartPolicy } from './rules/restart-policy.ts'
import { sbdTimeouts } from './rules/sbd-timeouts.ts'
import { secretReadable } from './rules/secret-readable.ts'
import { stonithAbsent } from './rules/stonith-absent.ts'
import { stonithDisabled } from './rules/stonith-disabled.ts'
import { stonithUntested } from './rules/stonith-untested.ts'
import { timeoutAdvised } from './rules/timeout-advised.ts'
import { timeoutMeasured } from './rules/timeout-measured.ts'
import { unitEnabled } from './rules/unit-enabled.ts'
import { upgradePending } from './rules/upgrade-pending.ts'

/** In the order in which they are documented. */
export const rules: readonly Rule[] = [
  stonithDisabled,
  stonithAbsent,
  stonithUntested,
  timeoutMeasured,
  timeoutAdvised,
  monitorMissing,
  monitorInterval,
  monitorDepth,
  restartPolicy,
  peripheralRule,
  cloneOnArbiter,
  drbdSecondLeg,
  ocfs2Sync,
  ocfs2Threshold,
  sbdTimeouts,
  quorumTwoNodes,
  nfsGrace,
  mtuDiffers,
  unitEnabled,
  modelAbsent,
  secretReadable,
  upgradePending,
  maintenanceOn,
]

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
