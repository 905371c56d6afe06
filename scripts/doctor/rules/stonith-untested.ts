import type { Fencing } from '../crm-mon.ts'
import { fencesByWatchdog, fencingDevices } from '../fencing-devices.ts'
import type { Finding, Rule } from '../finding.ts'
import type { Observation } from '../observation.ts'

export const stonithUntested: Rule = {
  id: 'stonith-untested',
  about: 'No fencing is remembered that succeeded, or the last one failed.',
  check(seen) {
    const { cib, status } = seen
    const history = status?.fencings
    if (cib === undefined || history === undefined) return []
    if (fencingDevices(cib).length === 0 && !fencesByWatchdog(cib)) return []
    const nodes = cib.nodes.filter(({ remote }) => !remote).map(({ name }) => name)
    const failed = nodes.filter(name => latest(history, name)?.status === 'failed')
    const proved = new Set([
      ...history.filter(isProof).map(({ target }) => target),
      ...(seen.fencingMemory?.fenced ?? []),
    ])
    // Of its own fencing only the others have seen anything.
    const open = nodes.filter(name => name !== seen.node && !proved.has(name) && !failed.includes(name))
    return [...failed.map(failedFinding), ...untestedFinding(open, proved.size > 0, asRemembered(seen))]
  },
}

/** The cluster tells the newest first. What somebody confirmed by hand says nothing of a device. */
function latest(history: readonly Fencing[], node: string): Fencing | undefined {
  return history.find(event => event.target === node && isByDevice(event) && event.status !== 'pending')
}

function asRemembered({ node, fencingMemory }: Observation): string {
  const whose = `as far as ${node ?? 'this node'} remembers`
  const sinceMs = fencingMemory?.sinceMs
  if (sinceMs === undefined) return whose
  return `since ${new Date(sinceMs).toISOString().slice(0, 16).replace('T', ' ')} UTC, ${whose}`
}

function isProof(event: Fencing): boolean {
  return isByDevice(event) && event.status === 'success'
}

function isByDevice({ action, delegate }: Fencing): boolean {
  return (action === 'off' || action === 'reboot') && delegate !== 'a human'
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

function untestedFinding(
  open: readonly string[],
  someProved: boolean,
  remembered: string,
): readonly Finding[] {
  const [node] = open
  if (node === undefined) return []
  const whom = someProved ? `${open.join(', ')} ${open.length > 1 ? 'have' : 'has'} not` : 'no other node has'
  return [
    {
      severity: someProved ? 'notice' : 'warning',
      seen: `${whom} been fenced ${remembered}`,
      why: 'A device that only answers its monitor may have the wrong outlet, the wrong machine, or an account that may look and not switch.',
      crmsh: `crm node standby ${node} && crm_resource --wait && crm node fence ${node}   # crm node online ${node} afterwards`,
      pcs: `pcs node standby ${node} --wait && pcs stonith fence ${node}   # pcs node unstandby ${node} afterwards`,
    },
  ]
}
