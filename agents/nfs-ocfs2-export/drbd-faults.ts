import type { DegradedReason } from '../../lib/ocf/agent.ts'
import type { DrbdPeer, DrbdVolume } from './drbd.ts'

/**
 * What is wrong with a volume of DRBD. None of it is helped by moving the export, except perhaps a local
 * disk that was lost: that still serves through the network.
 */
export function drbdFaults(volume: DrbdVolume): readonly DegradedReason[] {
  const name = volume.resource === undefined ? `drbd${volume.minor}` : `DRBD ${volume.resource}`
  const faults: DegradedReason[] = []
  if (volume.suspended)
    faults.push({
      key: 'drbd_suspended',
      reason: `${name} has suspended I/O: writers hang until a peer or quorum is back`,
    })
  if (!volume.quorum)
    faults.push({
      key: 'drbd_quorum',
      reason: `${name} has lost its quorum: connect its peers, see drbdadm status`,
    })
  if (volume.disk !== 'UpToDate')
    faults.push({
      key: 'drbd_disk',
      reason: `the own disk of ${name} is ${volume.disk}: the export lives from the peer's`,
    })
  for (const peer of volume.peers) {
    const reason = peerFault(name, peer)
    if (reason !== undefined) faults.push({ key: `drbd_peer_${keyOf(peer.name)}`, reason })
  }
  const second = volume.peers.some(peer => peer.connection === 'Connected' && peer.disk === 'UpToDate')
  if (!second || volume.disk !== 'UpToDate') {
    faults.unshift({
      key: 'redundancy',
      reason: `no fault tolerance left: ${name} has its data on one node only; mend it before that one fails`,
    })
  }
  return faults
}

function peerFault(name: string, peer: DrbdPeer): string | undefined {
  if (peer.connection === 'StandAlone') {
    return `${name}: ${peer.name} is StandAlone, which is never retried: drbdadm connect, and resolve a split brain first`
  }
  if (peer.connection !== 'Connected') return `${name}: ${peer.name} is not connected (${peer.connection})`
  if (peer.diskless || peer.disk === 'UpToDate') return undefined
  return `${name}: the disk of ${peer.name} is ${peer.disk}`
}

function keyOf(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '_').slice(0, 40)
}
