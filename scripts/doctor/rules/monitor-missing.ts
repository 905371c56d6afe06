import type { Resource } from '../../pacemaker/cib.ts'
import type { Finding, Rule } from '../finding.ts'
import { monitorsOf } from '../operation-timeouts.ts'

export const monitorMissing: Rule = {
  id: 'monitor-missing',
  about: 'A resource has no recurring monitor, or a promotable one lacks it for a role.',
  check({ cib }) {
    return (cib?.resources ?? []).flatMap(resource => {
      const monitors = monitorsOf(resource)
      if (monitors.length === 0) return [absent(resource)]
      if (resource.clone?.promotable !== true) return []
      const promoted = monitors.some(({ role }) => role === 'Promoted')
      const others = monitors.some(({ role }) => role !== 'Promoted')
      return promoted && others ? [] : [oneSided(resource, promoted ? 'Unpromoted' : 'Promoted')]
    })
  },
}

function absent(resource: Resource): Finding {
  const fences = resource.agent.startsWith('stonith:')
  const [interval, timeout] = fences ? ['300s', '20s'] : ['20s', '30s']
  return {
    severity: fences ? 'notice' : 'warning',
    seen: `${resource.id} (${resource.agent}) has no recurring monitor`,
    why: fences
      ? 'A device that is unplugged or whose password changed is found out when it is needed.'
      : 'Pacemaker never looks at it again after its start: it can be dead for days, and everything is green.',
    crmsh: `crm configure monitor ${resource.id} ${interval}:${timeout}`,
    pcs: `${fences ? 'pcs stonith' : 'pcs resource'} op add ${resource.id} monitor interval=${interval} timeout=${timeout}`,
  }
}

function oneSided({ id, operations }: Resource, role: string): Finding {
  // Pacemaker keeps operations apart by their interval.
  const taken = operations.map(({ intervalMs }) => intervalMs)
  const interval = [29, 31, 37].find(seconds => !taken.includes(seconds * 1000)) ?? 41
  return {
    severity: 'warning',
    seen: `${id} has no recurring monitor for the role ${role}`,
    why: 'A monitor without a role, or for one role, never looks at copies in the other: a dead one stays unseen.',
    crmsh: `crm configure monitor ${id}:${role} ${interval}s:20s`,
    pcs: `pcs resource op add ${id} monitor interval=${interval}s timeout=20s role=${role}`,
  }
}
