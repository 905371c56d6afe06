import { isFalse } from '../../pacemaker/read-cib.ts'
import type { Rule } from '../finding.ts'

export const stonithDisabled: Rule = {
  id: 'stonith-disabled',
  about: 'Fencing is switched off for the whole cluster.',
  check({ cib }) {
    // Pacemaker 3 has a second name for it.
    const names = ['stonith-enabled', 'fencing-enabled']
    const name = names.find(candidate => isFalse(cib?.properties.get(candidate)))
    if (name === undefined) return []
    return [
      {
        severity: 'critical',
        seen: `${name} is ${cib?.properties.get(name)}: no node is ever fenced`,
        why: 'A node that hangs or is cut off keeps its disks, containers and address while another node takes them over: two writers, and data is lost.',
        crmsh: `crm configure property ${name}=true`,
        pcs: `pcs property set ${name}=true`,
      },
    ]
  },
}
