import type { Rule } from '../finding.ts'
import { arbitersOf } from '../placement.ts'

/** Agents whose clones belong to the nodes that may run the services. DRBD has a reason to be on an arbiter. */
const belongsToServices = /^(ocf:haha:|ocf:pacemaker:ping$|ocf:heartbeat:(ethmonitor|Filesystem|docker)$)/

export const cloneOnArbiter: Rule = {
  id: 'clone-on-arbiter',
  about: 'A clone runs on a node on which no service may run.',
  check({ cib, status }) {
    if (cib === undefined || status === undefined) return []
    const arbiters = arbitersOf(cib)
    return cib.resources.flatMap(({ id, agent, clone }) => {
      if (clone === undefined || !belongsToServices.test(agent)) return []
      const places = status.active.filter(copy => copy.id === id).flatMap(copy => copy.nodes)
      return arbiters
        .filter(arbiter => places.includes(arbiter))
        .map(arbiter => ({
          severity: 'warning' as const,
          seen: `${clone.id} (${agent}) runs on ${arbiter}, where no service may run`,
          why: 'What it sees there decides with the others, though nothing could ever move there; its failures there make a healthy cluster look ill.',
          crmsh: `crm configure location l_${clone.id}-${arbiter} ${clone.id} -inf: ${arbiter}`,
          pcs: `pcs constraint location ${clone.id} avoids ${arbiter}`,
        }))
    })
  },
}
