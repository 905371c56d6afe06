import { anyShell, type Finding, type Rule } from '../finding.ts'
import type { Observation } from '../observation.ts'

/** knet's own headers and its encryption take less than this off a packet. */
const knetOverhead = 250

export const mtuDiffers: Rule = {
  id: 'mtu-differs',
  about: 'Interfaces, or the way to another node, carry smaller packets than this node sends.',
  check(seen) {
    return [...pathFindings(seen), ...memberFindings(seen)]
  },
}

/** What knet measured to each peer, against the interface that it goes out by. */
function pathFindings({ corosync, links, node }: Observation): readonly Finding[] {
  const own = corosync?.nodes.find(({ name }) => name === node)
  return (corosync?.paths ?? []).flatMap(({ nodeId, link, connected, mtu }): readonly Finding[] => {
    const peer = corosync?.nodes.find(({ id }) => id === nodeId)
    const address = own?.addresses[Number(link)]
    const out = links.find(({ addresses }) => address !== undefined && addresses.includes(address))
    if (!connected || peer === undefined || peer === own || out === undefined) return []
    if (mtu <= 0 || out.mtu - mtu <= knetOverhead) return []
    return [
      {
        severity: 'warning',
        seen: `the way to ${peer.name} carries ${mtu} bytes of corosync, and ${out.name} here has MTU ${out.mtu}`,
        why: 'A switch or the other node has a smaller MTU: large packets of NFS, DRBD and OCFS2 are lost on the way, and connections hang that were fine when idle.',
        ...anyShell(
          `ip link set dev ${out.name} mtu <the same on every node and switch>   # and where it is configured`,
        ),
      },
    ]
  })
}

/** A bond or bridge whose members differ. */
function memberFindings({ links, node }: Observation): readonly Finding[] {
  return links.flatMap((link): readonly Finding[] => {
    const members = links.filter(({ master }) => master === link.name)
    const smaller = members.filter(({ mtu }) => mtu < link.mtu)
    if (smaller.length === 0) return []
    const shown = smaller.map(({ name, mtu }) => `${name} ${mtu}`).join(', ')
    return [
      {
        severity: 'warning',
        seen: `${link.name} on ${node ?? 'this node'} has MTU ${link.mtu}, its members have less: ${shown}`,
        why: 'Packets that the one takes are dropped by the other: large ones never arrive, small ones do, and everything looks connected.',
        ...anyShell(smaller.map(({ name }) => `ip link set dev ${name} mtu ${link.mtu}`).join(' && ')),
      },
    ]
  })
}
