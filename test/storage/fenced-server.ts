import type { ChildProcess } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freezeGuest, type Ground, isRunning } from '../../scripts/guests/guest.ts'
import { closeLab, labGround } from '../../scripts/guests/lab.ts'
import { mustExec } from '../../scripts/guests/storage.ts'
import type { SharedStorage } from './documented-cluster.ts'
import { clientsGoOn } from './goes-on.ts'
import {
  actionsOf,
  DEGRADED,
  failuresIn,
  ONE_LEG,
  plugIn,
  runsOn,
  startCluster,
  unplug,
} from './guest-cluster.ts'
import { SHARE, startClient, until } from './pair.ts'
import { returnsToCluster } from './returned-server.ts'

/** Two servers as Pacemaker finds them after their boot. */
interface Servers {
  /** Both, with a client. */
  readonly open: (lab: string) => Promise<Ground>
  /** The server a, which was fenced. */
  readonly returns: (ground: Ground) => Promise<void>
}

/** A cluster of two guests as docs/storage.md has it, whose serving node stands still, is fenced and returns. */
export function fencedServerTests(storage: SharedStorage, servers: Servers): void {
  const LAB = `pacemaker-${storage}-${process.pid}`
  let plugs: ChildProcess | undefined
  let lab: Ground | undefined

  const ground = (): Ground => {
    if (lab === undefined) throw new Error('the guests did not come up')
    return lab
  }

  beforeAll(async () => {
    lab = await servers.open(LAB)
    plugs = await plugIn(LAB, lab)
    await startCluster(lab, storage)
    await runsOn(lab, 'a', 'a', 600)
  })
  afterAll(async () => {
    await unplug(plugs)
    await closeLab(await labGround(LAB))
  })

  test('a serving node that stands still is fenced by its plug, and clients go on with the survivor, their locks and every acknowledged write', async () => {
    await startClient(ground())
    await until('a monitor to note the connections of clients', 300, async () => {
      return (
        await mustExec(ground(), 'b', `cat ${SHARE}/.nfs-records/server/connections 2>/dev/null || :`)
      ).includes(':')
    })
    await clientsGoOn(ground(), `under Pacemaker on ${storage}`, async () => {
      const begin = performance.now()
      const since = () => `${((performance.now() - begin) / 1000).toFixed(1)} s`
      freezeGuest(ground(), 'a')
      await until('the plug to take the power of a', 300, async () => !isRunning(ground(), 'a'))
      const fenced = since()
      await runsOn(ground(), 'b', 'b', 600)
      console.log(`  under Pacemaker on ${storage}: fenced after ${fenced}, the group on b after ${since()}`)
      return 'b'
    })
    const history = await mustExec(ground(), 'b', 'stonith_admin --history a --output-as=xml', 120)
    expect(history).toMatch(/<fence_event[^>]*status="success"/)
    for (const resource of ['p_filesystem', 'p_export', 'p_address']) {
      const actions = await actionsOf(ground(), 'b', resource)
      console.log(`  ${resource} on b: ${actions.join('; ')}`)
    }
    const shown = await failuresIn(ground(), 'b')
    // Degraded is what the survivor is: its DRBD has one leg, and on a busy machine its heartbeat may be late.
    expect(shown.filter(failure => !failure.includes(DEGRADED))).toEqual([])
    if (storage === 'drbd') expect(shown.join()).toContain(ONE_LEG)
  })

  test('the fenced node boots and joins: its mount comes back, the share goes on where it is, and comes to it when it is told to', async () => {
    await returnsToCluster(ground(), storage, () => servers.returns(ground()))
  })
}
