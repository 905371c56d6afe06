import { durationText } from '../../../lib/ocf/duration.ts'
import type { Rule } from '../finding.ts'
import { monitorsOf } from '../operation-timeouts.ts'

export const monitorDepth: Rule = {
  id: 'monitor-depth',
  about: 'A monitor has a depth that no agent gets to see.',
  check({ cib }) {
    return (cib?.resources ?? []).flatMap(resource =>
      monitorsOf(resource).flatMap(({ depth, checkLevel, intervalMs = 0 }) => {
        if (depth === undefined || Number(depth) === 0 || checkLevel !== undefined) return []
        const interval = durationText(intervalMs)
        return [
          {
            severity: 'warning' as const,
            seen: `the monitor of ${resource.id} with interval=${interval} has depth=${depth} and no OCF_CHECK_LEVEL`,
            why: 'Pacemaker hands on OCF_CHECK_LEVEL alone: this monitor looks no deeper than the cheapest one.',
            crmsh: `crm configure edit ${resource.id}   # op monitor interval=${interval} OCF_CHECK_LEVEL=${depth}`,
            pcs: `pcs resource update ${resource.id} op monitor interval=${interval} OCF_CHECK_LEVEL=${depth}`,
          },
        ]
      }),
    )
  },
}
