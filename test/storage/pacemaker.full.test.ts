import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freezeGuest, type Ground, isRunning } from '../../scripts/guests/guest.ts'
import { closeLab, labGround } from '../../scripts/guests/lab.ts'
import { DRBD_DEVICE, mustExec } from '../../scripts/guests/storage.ts'
import { configureCluster, plugIn, runsOn, startCluster } from './guest-pacemaker.ts'
import {
  acknowledged,
  isLocked,
  longestPause,
  lostLines,
  openDrbdServers,
  PAIR_PARAMETERS,
  startClient,
  until,
  versions,
} from './pair.ts'

/** It counts from nfsd's start, and on an emulated, loaded machine the address may come a minute later. */
const PARAMETERS = { ...PAIR_PARAMETERS, device: DRBD_DEVICE, drbd_resource: 'share', grace: '180s' } as const
const LAB = `pacemaker-${process.pid}`
let strip: ChildProcess | undefined
let lab: Ground | undefined

const ground = (): Ground => {
  if (lab === undefined) throw new Error('the guests did not come up')
  return lab
}

beforeAll(async () => {
  lab = await openDrbdServers(LAB, '/usr/lib/drbd/crm-fence-peer.sh')
  for (const server of ['a', 'b'] as const) await mustExec(lab, server, 'drbdadm down share', 60)
  strip = await plugIn(LAB, lab)
  await startCluster(lab)
  await configureCluster(lab, PARAMETERS)
  await runsOn(lab, 'a', 'a', 900)
})
afterAll(async () => {
  if (strip !== undefined && strip.exitCode === null) {
    const gone = once(strip, 'exit')
    strip.stdin?.end()
    await gone
  }
  await closeLab(await labGround(LAB))
})

test('DRBD, filesystem, export and address under Pacemaker: a serving node that stands still is fenced by its plug, and the clients of the survivor go on with their locks', async () => {
  await startClient(ground())
  const records = `${PAIR_PARAMETERS.state_directory}/server/connections`
  await until('a monitor of depth 20 to note the connections of clients', 300, async () => {
    return (await mustExec(ground(), 'b', `cat ${records} 2>/dev/null || :`)).includes(':')
  })
  const before = await Promise.all(versions.map(version => acknowledged(ground(), version)))
  const begin = performance.now()
  freezeGuest(ground(), 'a')
  await until('the plug to take the power of a', 300, async () => !isRunning(ground(), 'a'))
  const fenced = ((performance.now() - begin) / 1000).toFixed(1)
  await runsOn(ground(), 'b', 'b', 600)
  const served = ((performance.now() - begin) / 1000).toFixed(1)
  for (const [index, version] of versions.entries()) {
    const from = before[index]?.lines.length ?? 0
    await until(`writes by ${version}`, 300, async () => {
      return (await acknowledged(ground(), version)).lines.length > from + 20
    })
    await until(`the lock of ${version}`, 240, () => isLocked(ground(), 'b', version))
    const journal = await acknowledged(ground(), version)
    expect(journal.failures).toEqual([])
    expect(await lostLines(ground(), 'b', version)).toEqual([])
    console.log(
      `  under Pacemaker: fenced after ${fenced} s, served by the survivor after ${served} s, ${version} paused ${longestPause(journal, from)} ms, lock kept, no write lost`,
    )
  }
  const history = await mustExec(ground(), 'b', 'stonith_admin --history a --output-as=xml', 120)
  expect(history).toMatch(/<fence_event[^>]*status="success"/)
  expect(history).toContain('device="fence"')
})
