import { expect } from 'vitest'
import { execInGuest, type Ground } from '../../scripts/guests/guest.ts'
import { mustExec } from '../../scripts/guests/storage.ts'
import type { SharedStorage } from './documented-cluster.ts'
import { clientsGoOn } from './goes-on.ts'
import {
  actionsOf,
  bothOnline,
  DEGRADED,
  failuresIn,
  inCluster,
  joinCluster,
  ONE_LEG,
  runsOn,
} from './guest-cluster.ts'
import { lostLines, type Server, SHARE, versions } from './pair.ts'

/** Where a node has its share, and its leg, again. */
const IS_WHOLE: Readonly<Record<SharedStorage, string>> = {
  disk: `mountpoint -q ${SHARE}`,
  drbd: `mountpoint -q ${SHARE} && drbdadm role share | grep -q Primary/Primary && drbdadm dstate share | grep -q UpToDate/UpToDate`,
}

/** What forbids the promotion of the leg that was lost, as docs/storage.md names it. */
const LOST_LEG = 'drbd-fence-by-handler-share-cl_drbd'

/** The monitor of depth 0, whose interval is four times the page's, answered 0. */
const IS_WELL = /^operation=monitor interval=40000 .* rc-code=0 /

/**
 * The fenced server a boots and joins while b serves: its leg and its mount come back, the share stays where it is and
 * clients go on meanwhile; then it moves to a.
 * @param boot brings a to where its boot ends, without the cluster
 */
export async function returnsToCluster(
  ground: Ground,
  storage: SharedStorage,
  boot: () => Promise<void>,
): Promise<void> {
  const begin = performance.now()
  const since = () => `${((performance.now() - begin) / 1000).toFixed(1)} s`
  const starts = await startsOn(ground, 'b')
  if (storage === 'drbd') expect(await constraints(ground)).toContain(LOST_LEG)
  await clientsGoOn(ground, `return of a on ${storage}`, async () => {
    await boot()
    await joinCluster(ground, 'a')
    await bothOnline(ground, 'b')
    const online = since()
    await inCluster(ground, 'b', 'the share to be mounted on a again', 600, async () => {
      return (await execInGuest(ground, 'a', IS_WHOLE[storage])).code === 0
    })
    const whole = since()
    await mustExec(ground, 'b', 'crm_resource --wait --timeout=300', 330)
    console.log(
      `  return of a on ${storage}: online after ${online}, mounted after ${whole}, done after ${since()}`,
    )
    return 'b'
  })
  for (const version of versions) expect(await lostLines(ground, 'a', version)).toEqual([])
  expect(await startsOn(ground, 'b')).toEqual(starts)
  expect(await constraints(ground)).not.toContain(LOST_LEG)
  // It was asked whether the share runs on it, and no more.
  expect(await actionsOf(ground, 'a', 'p_export')).toEqual([
    expect.stringMatching(/^operation=monitor interval=0 .* rc-code=7 /),
  ])
  await inCluster(ground, 'b', 'a monitor that finds nothing lost', 180, async () => {
    return (await actionsOf(ground, 'b', 'p_export')).some(action => IS_WELL.test(action))
  })
  // Pacemaker shows the last failure of an action until somebody cleans it up, as docs/storage.md says.
  await mustExec(ground, 'b', 'crm_resource --cleanup --resource p_export', 90)
  await mustExec(ground, 'b', 'crm_resource --wait --timeout=120', 150)
  expect((await failuresIn(ground, 'b')).join()).not.toContain(ONE_LEG)
  await clientsGoOn(ground, `move to the returned a on ${storage}`, async () => {
    await mustExec(ground, 'b', 'crm_resource --resource g_share --move --node a')
    await runsOn(ground, 'a', 'a', 300)
    return 'a'
  })
  const failures = await failuresIn(ground, 'a')
  expect(failures.filter(failure => !failure.includes(DEGRADED))).toEqual([])
}

function constraints(ground: Ground): Promise<string> {
  return mustExec(ground, 'b', 'cibadmin --query --scope constraints')
}

/** The last start or stop of what clients need; how long it took tells it from another. */
async function startsOn(ground: Ground, server: Server): Promise<readonly string[]> {
  const actions = await Promise.all(
    ['p_filesystem', 'p_export', 'p_address'].map(resource => actionsOf(ground, server, resource)),
  )
  return actions.flat().filter(action => /^operation=(start|stop) /.test(action))
}
