import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DRBD_DEVICE } from '../../scripts/guests/drbd.ts'
import { type Ground, isRunning, killGuest, logs } from '../../scripts/guests/guest.ts'
import { closeLab, labGround } from '../../scripts/guests/lab.ts'
import { openDrbdPair, tellFenced } from './drbd-pair.ts'
import { clientsGoOn } from './goes-on.ts'
import { agentIn } from './guest-agent.ts'
import { other, PAIR_PARAMETERS, serve, startClient, until } from './pair.ts'

/** As docs/storage.md has them. */
const TIMES = { deadThreshold: 16, idleMs: 30_000 } as const
const FENCED_MS = 15_000
/** Pacemaker would fence first, and then start: here it begins while DRBD still waits. */
const PARAMETERS = {
  ...PAIR_PARAMETERS,
  device: DRBD_DEVICE,
  drbd_resource: 'share',
  recovery_wait: '150s',
} as const

describe.each([
  { which: 'higher', dead: 'b' },
  { which: 'lower', dead: 'a' },
] as const)('the node of OCFS2 with the $which number', ({ dead }) => {
  const LAB = `drbd-death-${dead}-${process.pid}`
  let lab: Ground | undefined

  const ground = (): Ground => {
    if (lab === undefined) throw new Error('the guests did not come up')
    return lab
  }

  beforeAll(async () => {
    lab = await openDrbdPair(LAB, TIMES)
    await serve(lab, dead, true, PARAMETERS)
    await startClient(lab)
  })
  afterAll(async () => {
    await closeLab(await labGround(LAB))
  })

  test('dies on DRBD while it serves: the other one lives, and clients go on with their locks and every acknowledged write', async () => {
    const how = { depth: 20, recurring: true } as const
    const deep = await agentIn(ground(), dead, 'monitor', PARAMETERS, how)
    expect([0, 190], deep.output).toContain(deep.code)
    const survivor = other(dead)
    await clientsGoOn(ground(), `death of ${dead} on DRBD`, async () => {
      await killGuest(ground(), dead)
      const begin = performance.now()
      await Promise.all([
        serve(ground(), survivor, false, PARAMETERS),
        sleep(FENCED_MS).then(() => tellFenced(ground())),
      ])
      console.log(
        `  death of ${dead} on DRBD: served again after ${Math.round(performance.now() - begin)} ms`,
      )
      return survivor
    })
    expect(isRunning(ground(), survivor), logs(ground(), survivor).slice(-1500)).toBe(true)
  })
})

test('with an idle timeout shorter than the fencing the survivor with the higher number resets itself, as docs/storage.md warns', async () => {
  const name = `drbd-idle-${process.pid}`
  try {
    const short = await openDrbdPair(name, { ...TIMES, idleMs: 10_000 })
    await killGuest(short, 'a')
    await sleep(FENCED_MS + 5000)
    tellFenced(short)
    await until('the survivor to reset itself', 180, async () => !isRunning(short, 'b'))
    expect(logs(short, 'b')).toContain("half-quorum of 1 out of 2 nodes which doesn't include the lowest")
  } finally {
    await closeLab(await labGround(name))
  }
})
