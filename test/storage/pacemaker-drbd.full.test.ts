import { mustExec } from '../../scripts/guests/storage.ts'
import { openDrbdServers, returnDrbdServer } from './drbd-pair.ts'
import { fencedServerTests } from './fenced-server.ts'

/**
 * Twice the page's: corosync's token is, too, and the page's handler is a long shell script. OCFS2 recovers a minute
 * after the fencing then, so that the export's start has to wait for it.
 */
const TIMES = { deadThreshold: 31, idleMs: 60_000 } as const

fencedServerTests('drbd', {
  open: async lab => {
    const ground = await openDrbdServers(lab, TIMES)
    // From here on Pacemaker runs it.
    for (const step of ['secondary', 'down'])
      for (const server of ['a', 'b'] as const) await mustExec(ground, server, `drbdadm ${step} share`)
    return ground
  },
  returns: ground => returnDrbdServer(ground, 'a', TIMES),
})
