import { durationMs, durationText } from '../../../lib/ocf/duration.ts'
import type { Finding, Rule } from '../finding.ts'

/** Of Pacemaker, when the property is not set. */
const usualStonithMs = 60_000

export const sbdTimeouts: Rule = {
  id: 'sbd-timeouts',
  about:
    "The cluster waits less for SBD than SBD needs, or corosync's token is longer than its watchdog allows.",
  check({ sbd, cib, corosync }) {
    if (sbd === undefined || cib === undefined) return []
    const { watchdogMs, devices } = sbd
    const found: Finding[] = []
    const waitMs = durationMs(cib.properties.get('stonith-watchdog-timeout') ?? '0') ?? 0
    if (devices.length === 0 && waitMs > 0 && waitMs < 2 * watchdogMs)
      found.push(
        tooShort(
          'critical',
          'stonith-watchdog-timeout',
          waitMs,
          2 * watchdogMs,
          `twice the watchdog's ${durationText(watchdogMs)}`,
          'A lost node is taken for dead while its watchdog has not yet reset it: what ran there runs twice.',
        ),
      )
    // msgwait is made twice the watchdog when a device is created, and Pacemaker needs some time of its own.
    const neededMs = Math.ceil((watchdogMs * 2 * 1.2) / 1000) * 1000
    const stonithMs = durationMs(cib.properties.get('stonith-timeout') ?? '') ?? usualStonithMs
    if (devices.length > 0 && stonithMs < neededMs)
      found.push(
        tooShort(
          'critical',
          'stonith-timeout',
          stonithMs,
          neededMs,
          'msgwait (twice the watchdog) and a fifth',
          'Each fencing counts as failed although the node was reset, and nothing is started elsewhere.',
        ),
      )
    if (devices.length === 0 && waitMs > 0 && corosync !== undefined && corosync.tokenMs >= waitMs)
      found.push(
        tooShort(
          'warning',
          'stonith-watchdog-timeout',
          waitMs,
          corosync.tokenMs + 2 * watchdogMs,
          `corosync's token of ${durationText(corosync.tokenMs)}`,
          'One side may notice a loss a whole token before the other, and count its wait down before the other has begun to reset.',
        ),
      )
    return found
  },
}

function tooShort(
  severity: Finding['severity'],
  property: string,
  isMs: number,
  neededMs: number,
  because: string,
  why: string,
): Finding {
  return {
    severity,
    seen: `${property} is ${durationText(isMs)}, less than ${because}`,
    why,
    crmsh: `crm configure property ${property}=${Math.ceil(neededMs / 1000)}s`,
    pcs: `pcs property set ${property}=${Math.ceil(neededMs / 1000)}s`,
  }
}
