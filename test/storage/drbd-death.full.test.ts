import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Ground, killGuest } from '../../scripts/guests/guest.ts'
import { closeLab, labGround } from '../../scripts/guests/lab.ts'
import { DRBD_DEVICE, mustExec } from '../../scripts/guests/storage.ts'
import { agentIn } from './guest-agent.ts'
import {
  acknowledged,
  isLocked,
  longestPause,
  lostLines,
  openDrbdPair,
  PAIR_PARAMETERS,
  SHARE,
  serve,
  startClient,
  until,
  versions,
} from './pair.ts'

const LAB = `drbd-death-${process.pid}`
const PARAMETERS = { ...PAIR_PARAMETERS, device: DRBD_DEVICE, drbd_resource: 'share' } as const
const MONITOR_SECONDS = 60
const BLOCKED_SECONDS = 12
/** Stands for the cluster: it answers "the peer is dead" (7, drbd.conf(5)) only once somebody says so. */
const FENCED = '/run/peer-is-fenced'
const HANDLER = '/lab/fence-peer'
let lab: Ground | undefined

const ground = (): Ground => {
  if (lab === undefined) throw new Error('the guests did not come up')
  return lab
}

beforeAll(async () => {
  lab = await openDrbdPair(LAB, HANDLER)
  const handler = `#!/bin/sh\nuntil [ -e ${FENCED} ]; do sleep 0.5; done\nexit 7\n`
  await mustExec(lab, 'b', `printf '${handler.replaceAll('\n', '\\n')}' > ${HANDLER}; chmod +x ${HANDLER}`)
})
afterAll(async () => {
  await closeLab(await labGround(LAB))
})

test('the serving node dies with DRBD under it: until it is fenced the survivor is blocked and every action answers in its time, then clients go on with their locks', async () => {
  await serve(ground(), 'a', true, PARAMETERS)
  await startClient(ground())
  const deep = await agentIn(ground(), 'a', 'monitor', PARAMETERS, { depth: 20, recurring: true })
  expect([0, 190], deep.output).toContain(deep.code)
  const before = await Promise.all(versions.map(version => acknowledged(ground(), version)))
  const begin = performance.now()
  const since = () => ((performance.now() - begin) / 1000).toFixed(1)
  await killGuest(ground(), 'a')
  await until('DRBD to be suspended until its peer is fenced', 120, async () => {
    return /^ 0: .* C s/m.test(await mustExec(ground(), 'b', 'cat /proc/drbd'))
  })
  for (const action of ['monitor', 'start', 'monitor', 'stop', 'monitor'] as const) {
    const asked = performance.now()
    const seconds = action === 'monitor' ? MONITOR_SECONDS : BLOCKED_SECONDS
    const { code, output } = await agentIn(ground(), 'b', action, PARAMETERS, { seconds })
    console.log(`  blocked for ${since()} s: ${action} answers ${code}: ${output.trim()}`)
    expect(performance.now() - asked, output).toBeLessThan((seconds + 1) * 1000)
    // A stop fails where a child of the blocked start outlives SIGKILL and may still write.
    expect({ monitor: [7], start: [1], stop: [0, 1] }[action], output).toContain(code)
  }
  await mustExec(ground(), 'b', `touch ${FENCED}`)
  await until('DRBD to go on without its peer', 60, async () => {
    return !/^ 0: .* C s/m.test(await mustExec(ground(), 'b', 'cat /proc/drbd'))
  })
  await serve(ground(), 'b', false, PARAMETERS)
  for (const [index, version] of versions.entries()) {
    const from = before[index]?.lines.length ?? 0
    await until(`writes by ${version}`, 180, async () => {
      return (await acknowledged(ground(), version)).lines.length > from + 20
    })
    await until(`the lock of ${version}`, 120, () => isLocked(ground(), 'b', version))
    const journal = await acknowledged(ground(), version)
    expect(journal.failures).toEqual([])
    expect(await lostLines(ground(), 'b', version)).toEqual([])
    console.log(
      `  death with DRBD under it: ${version} paused ${longestPause(journal, from)} ms, lock kept, no write lost`,
    )
  }
  await mustExec(ground(), 'b', `cat ${SHARE}/held-v4 > /dev/null`)
})
