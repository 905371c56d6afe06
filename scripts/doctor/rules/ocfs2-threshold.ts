import { durationText } from '../../../lib/ocf/duration.ts'
import { anyShell, type Finding, type Rule } from '../finding.ts'

export const ocfs2Threshold: Rule = {
  id: 'ocfs2-threshold',
  about: 'OCFS2 gives a node up before corosync or SBD have.',
  check({ ocfs2, corosync, sbd }) {
    if (corosync === undefined) return []
    const membershipMs = corosync.tokenMs + corosync.consensusMs
    const sbdMs = sbd === undefined || sbd.devices.length === 0 ? 0 : sbd.watchdogMs
    const neededMs = Math.max(membershipMs, sbdMs)
    const who = sbdMs > membershipMs ? "SBD's watchdog" : 'corosync, by token and consensus,'
    return ocfs2.flatMap(({ name, deadMs, idleMs }): readonly Finding[] => {
      const early = [
        ...(deadMs <= neededMs ? [`heartbeat after ${durationText(deadMs)}`] : []),
        ...(idleMs !== undefined && idleMs <= neededMs ? [`network after ${durationText(idleMs)}`] : []),
      ]
      if (early.length === 0) return []
      const threshold = Math.ceil((neededMs + 10_000) / 2000) + 1
      return [
        {
          severity: 'warning',
          seen: `OCFS2 cluster ${name} gives a node up by its ${early.join(' and its ')}; ${who} needs ${durationText(neededMs)}`,
          why: 'A pause of storage or network that the cluster would have survived resets nodes, and OCFS2 decides who is dead before Pacemaker has fenced.',
          ...anyShell(
            `dpkg-reconfigure ocfs2-tools   # on every node: heartbeat threshold ${threshold} or more, idle timeout ${neededMs + 10_000} ms or more; or a shorter token`,
          ),
        },
      ]
    })
  },
}
