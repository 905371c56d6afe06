import type { DrbdPeer, DrbdVolume } from '../../../agents/nfs-ocfs2-export/drbd.ts'
import { anyShell, type Finding, type Rule } from '../finding.ts'

export const drbdSecondLeg: Rule = {
  id: 'drbd-second-leg',
  about: 'DRBD has no second good copy, a peer that it will not connect to again, or has suspended its I/O.',
  check({ drbd, node }) {
    return drbd.flatMap(volume => {
      const name = volume.resource ?? `minor ${volume.minor}`
      return findings(volume, `DRBD ${name} on ${node ?? 'this node'}`, volume.resource ?? 'all')
    })
  },
}

function findings(volume: DrbdVolume, what: string, name: string): readonly Finding[] {
  const alone = volume.peers.filter(({ connection }) => connection === 'StandAlone')
  const tiebreaker = volume.peers.find(peer => peer.diskless && !isConnected(peer) && !alone.includes(peer))
  const ownCopy = volume.disk === 'UpToDate' ? 1 : 0
  const copies = volume.peers.filter(peer => isConnected(peer) && peer.disk === 'UpToDate').length + ownCopy
  const found: Finding[] = []
  if (volume.suspended || !volume.quorum)
    found.push({
      severity: 'critical',
      seen: `${what} ${volume.quorum ? 'has suspended its I/O' : 'has lost its quorum'}`,
      why: 'Everything that reads or writes there hangs in the kernel, stops included, and such a node is fenced.',
      ...anyShell(`drbdadm status ${name}   # bring the peer back: drbdadm connect ${name}`),
    })
  for (const { name: peer } of alone)
    found.push({
      severity: 'critical',
      seen: `${what} is StandAlone towards ${peer}`,
      why: 'DRBD never tries a StandAlone connection again, and nothing else says so: the next loss of a node takes quorum or the last copy with it.',
      ...anyShell(
        `drbdadm connect ${name}   # after a split brain, on the side that loses: drbdadm connect --discard-my-data ${name}`,
      ),
    })
  if (copies < 2 && volume.peers.every(peer => peer.connection !== 'StandAlone'))
    found.push({
      severity: 'critical',
      seen: `${what} has ${copies === 0 ? 'no' : 'one'} good copy of the data: own disk ${volume.disk}${peersText(volume.peers)}`,
      why: 'The next failure of a disk or a node loses data, or stops it.',
      ...anyShell(`drbdadm status ${name}   # then on the other node: drbdadm up ${name}`),
    })
  if (tiebreaker !== undefined && copies >= 2)
    found.push({
      severity: 'warning',
      seen: `${what} has lost its tiebreaker ${tiebreaker.name} (${tiebreaker.connection})`,
      why: 'When one of the two others dies now, the survivor has no majority, suspends its I/O, and is fenced by what waits for it.',
      ...anyShell(`drbdadm up ${name}   # on ${tiebreaker.name}`),
    })
  return found
}

/** All other states of a connection, of 8.4 and 9, are ways of not being connected. */
function isConnected({ connection }: DrbdPeer): boolean {
  return connection === 'Connected' || /^(Sync|PausedSync|Verify|WFBitMap|Ahead|Behind)/.test(connection)
}

function peersText(peers: readonly DrbdPeer[]): string {
  return peers.map(({ name, connection, disk }) => `, ${name} ${connection} ${disk}`).join('')
}
