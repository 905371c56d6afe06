import type { Fencing } from '../crm-mon.ts'
import { fencesByWatchdog, fencingDevices } from '../fencing-devices.ts'
import type { Finding, Rule } from '../finding.ts'

export const stonithUntested: Rule = {
  id: 'stonith-untested',
  about: 'Fencing has never succeeded, or failed the last time, as far as the cluster remembers.',
  check({ cib, status }) {
    const history = status?.fencings
    if (cib === undefined || history === undefined) return []
    if (fencingDevices(cib).length === 0 && !fencesByWatchdog(cib)) return []
    const nodes = cib.nodes.filter(({ remote }) => !remote).map(({ name }) => name)
    const failed = nodes.filter(name => latest(history, name)?.status === 'failed')
    const proved = nodes.filter(name => history.some(event => event.target === name && isProof(event)))
    const open = nodes.filter(name => !proved.includes(name) && !failed.includes(name))
    return [...failed.map(failedFinding), ...untestedFinding(open, proved.length > 0)]
  },
}

/** The cluster tells the newest first. */
function latest(history: readonly Fencing[], node: string): Fencing | undefined {
  return history.find(
    ({ target, action, status }) => target === node && isOff(action) && status !== 'pending',
  )
}

function isProof({ action, status }: Fencing): boolean {
  return isOff(action) && status === 'success'
}

function isOff(action: string): boolean {
  return action === 'off' || action === 'reboot'
}

function failedFinding(node: string): Finding {
  return {
    severity: 'critical',
    seen: `the last fencing of ${node} failed`,
    why: 'Until its fencing succeeds, nothing that ran on a lost node is started elsewhere.',
    crmsh: `stonith_admin --history ${node} --verbose   # then mend the device, and: crm node fence ${node}`,
    pcs: `pcs stonith history show ${node}   # then mend the device, and: pcs stonith fence ${node}`,
  }
}

function untestedFinding(open: readonly string[], someProved: boolean): readonly Finding[] {
  const [node] = open
  if (node === undefined) return []
  const whom = someProved ? `${open.join(', ')} has never` : 'no node has ever'
  return [
    {
      severity: someProved ? 'notice' : 'warning',
      seen: `${whom} been fenced since the cluster was last down as a whole`,
      why: 'A device that only answers its monitor may have the wrong outlet, the wrong machine, or an account that may look and not switch.',
      crmsh: `crm node standby ${node} && crm_resource --wait && crm node fence ${node}   # crm node online ${node} afterwards`,
      pcs: `pcs node standby ${node} --wait && pcs stonith fence ${node}   # pcs node unstandby ${node} afterwards`,
    },
  ]
}
