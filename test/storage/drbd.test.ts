import { afterAll, beforeAll, expect, test } from 'vitest'
import { DRBD_DEVICE, makeDrbd } from '../../scripts/guests/drbd.ts'
import { type ExecResult, type Ground, killGuest } from '../../scripts/guests/guest.ts'
import { bootGuests, closeLab, labGround, openLab } from '../../scripts/guests/lab.ts'
import { joinO2cb, makeSharedOcfs2, mountShared, mustExec } from '../../scripts/guests/storage.ts'
import { documentedLooks } from './documented-looks.ts'
import { agentIn, installAgent } from './guest-agent.ts'
import { PAIR_PARAMETERS, SHARE, until } from './pair.ts'

const LAB = `drbd-${process.pid}`
const PARAMETERS = { ...PAIR_PARAMETERS, device: DRBD_DEVICE, drbd_resource: 'share' } as const
let lab: Ground | undefined

const ground = (): Ground => {
  if (lab === undefined) throw new Error('the guests did not come up')
  return lab
}

beforeAll(async () => {
  const opened = await openLab(LAB)
  lab = opened
  await bootGuests(opened, ['a', 'b'])
  await Promise.all([joinO2cb(opened, 'a'), joinO2cb(opened, 'b'), makeDrbd(opened)])
  await makeSharedOcfs2(opened, 'a', DRBD_DEVICE)
  await mountShared(opened, 'a', SHARE, DRBD_DEVICE)
  await mountShared(opened, 'b', SHARE, DRBD_DEVICE)
  await installAgent(opened, 'a')
})
afterAll(async () => {
  await closeLab(await labGround(LAB))
})

function monitor(depth: 0 | 10 | 20): Promise<ExecResult> {
  return agentIn(ground(), 'a', 'monitor', PARAMETERS, { depth, recurring: true })
}

/** Monitors until one answers so: on a loaded machine the heartbeat may be late for a moment. */
async function monitorAnswers(code: number, text: string, depth: 0 | 10 | 20 = 0): Promise<void> {
  await until(`a monitor of depth ${depth} that answers ${code} with '${text}'`, 120, async () => {
    const answer = await monitor(depth)
    return answer.code === code && answer.output.includes(text)
  })
}

test('on DRBD with two primaries: a second leg that goes is told as degraded, and so is its return', async () => {
  expect(await agentIn(ground(), 'a', 'start', PARAMETERS, { seconds: 180 })).toMatchObject({ code: 0 })
  for (const depth of [0, 10, 20] as const) await monitorAnswers(0, '', depth)
  expect(await documentedLooks(ground(), 'a')).toEqual([])

  // A second primary that only lost its link would be a split brain: it leaves first.
  await mustExec(ground(), 'b', `umount ${SHARE} && drbdadm secondary share`, 120)
  await mustExec(ground(), 'a', 'drbdadm disconnect share')
  await monitorAnswers(190, 'StandAlone')
  // As the runbook tells it: the leg that gives way says so, the other one only connects.
  await mustExec(ground(), 'b', 'drbdadm disconnect share; drbdadm connect --discard-my-data share')
  await mustExec(ground(), 'a', 'drbdadm connect share')
  await monitorAnswers(0, '')
  console.log('  StandAlone leg: told as degraded, and well again after drbdadm connect')

  await killGuest(ground(), 'b')
  await monitorAnswers(190, 'no fault tolerance left')
  expect((await monitor(20)).code).toBe(190)
  await mustExec(ground(), 'a', `echo still > ${SHARE}/still; sync -f ${SHARE}`)
  console.log('  second leg dead: told as degraded, the share goes on')
  expect(await agentIn(ground(), 'a', 'stop', PARAMETERS, { seconds: 90 })).toMatchObject({ code: 0 })
  await mustExec(ground(), 'a', `umount ${SHARE}`, 120)
})
