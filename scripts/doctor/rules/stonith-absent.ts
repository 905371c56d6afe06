import { fencesByWatchdog, fencingDevices, targetsOf } from '../fencing-devices.ts'
import type { Rule } from '../finding.ts'

export const stonithAbsent: Rule = {
  id: 'stonith-absent',
  about: 'There is no fencing device, or none for some node.',
  check({ cib }) {
    if (cib === undefined || fencesByWatchdog(cib)) return []
    const devices = fencingDevices(cib)
    const targets = devices.map(targetsOf)
    const covered = targets.flatMap(names => names ?? [])
    // A device that finds out by itself whom it fences may fence everybody.
    const bare =
      devices.length > 0 && targets.includes(undefined)
        ? []
        : cib.nodes.filter(({ name, remote }) => !remote && !covered.includes(name)).map(({ name }) => name)
    if (bare.length === 0 && devices.length > 0) return []
    const [node = 'node1'] = bare
    return [
      {
        severity: 'critical',
        seen:
          devices.length === 0
            ? 'no fencing device is configured, and no watchdog stands in for one'
            : `no fencing device is for ${bare.join(', ')}`,
        why: 'When such a node is lost, the others wait for ever: nothing that ran there is started again, or, without fencing, it runs twice.',
        crmsh: `crm configure primitive fence-${node} stonith:fence_homelab params driver=<driver> ip=<address> pcmk_host_map="${node}:<outlet>" op monitor interval=300s timeout=20s`,
        pcs: `pcs stonith create fence-${node} fence_homelab driver=<driver> ip=<address> pcmk_host_map="${node}:<outlet>" op monitor interval=300s timeout=20s`,
      },
    ]
  },
}
