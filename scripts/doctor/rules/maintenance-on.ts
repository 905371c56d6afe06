import type { Finding, Rule } from '../finding.ts'

export const maintenanceOn: Rule = {
  id: 'maintenance-on',
  about: 'The cluster, or a resource, is not looked after just now.',
  check({ status }) {
    if (status === undefined) return []
    if (status.maintenance)
      return [
        {
          severity: 'notice',
          seen: 'the whole cluster is in maintenance mode',
          why: 'Nothing is monitored, restarted or moved until that is over.',
          crmsh: 'crm configure property maintenance-mode=false',
          pcs: 'pcs property set maintenance-mode=false',
        },
      ]
    const left = [...new Set(status.active.filter(({ managed }) => !managed).map(({ id }) => id))]
    return left.map(
      (id): Finding => ({
        severity: 'notice',
        seen: `${id} is unmanaged`,
        why: 'Its failures are seen and nothing is done about them.',
        crmsh: `crm resource manage ${id}`,
        pcs: `pcs resource manage ${id}`,
      }),
    )
  },
}
