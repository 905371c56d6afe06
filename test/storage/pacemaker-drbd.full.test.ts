import { mustExec } from '../../scripts/guests/storage.ts'
import { openDrbdServers, returnDrbdServer } from './drbd-pair.ts'
import { fencedServerTests } from './fenced-server.ts'

/**
 * By the page's rules: corosync's token is twice the page's, so that a frozen node is fenced and DRBD hears of it after
 * 32 s. The node's own beat may take 40 s then, and OCFS2 has recovered 46 s after the fencing: the export's start gives
 * the script that takes the records over 60 s.
 */
const TIMES = { deadThreshold: 21, idleMs: 60_000 } as const

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
