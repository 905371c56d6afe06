import { rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ExecResult, type Ground, isRunning } from '../../scripts/guests/guest.ts'
import { bootGuests, closeLab, labGround, openLab, sharedDisk } from '../../scripts/guests/lab.ts'
import {
  breakDisk,
  DEVICE,
  joinO2cb,
  makeSharedOcfs2,
  mapDisk,
  mountShared,
} from '../../scripts/guests/storage.ts'
import { agentIn, installAgent } from './guest-agent.ts'
import { PAIR_PARAMETERS, SHARE, until } from './pair.ts'

describe('a node alone on the shared disk', () => {
  const LAB = `shared-disk-${process.pid}`
  const MONITOR_SECONDS = 60
  const PARAMETERS = { ...PAIR_PARAMETERS, device: DEVICE, grace: '10s' } as const
  let lab: Ground | undefined

  const ground = (): Ground => {
    if (lab === undefined) throw new Error('the lab was not opened')
    return lab
  }

  beforeAll(async () => {
    lab = await openLab(LAB)
  })
  afterAll(async () => {
    await closeLab(await labGround(LAB))
  })
  beforeEach(async () => {
    // mkfs asks before it writes over what the test before left.
    rmSync(sharedDisk(ground()), { force: true })
    await bootGuests(ground(), ['a'], () => [{ file: sharedDisk(ground()), shared: true }])
    await joinO2cb(ground(), 'a')
    await makeSharedOcfs2(ground(), 'a')
    await mapDisk(ground(), 'a')
    await mountShared(ground(), 'a', SHARE, DEVICE)
    await installAgent(ground(), 'a')
    expect(await agentIn(ground(), 'a', 'start', PARAMETERS, { seconds: 180 })).toMatchObject({ code: 0 })
  })

  /** A monitor, which answers inside what it was granted; undefined: the node reset itself meanwhile. */
  async function monitor(depth: 0 | 10 | 20): Promise<ExecResult | undefined> {
    const begin = performance.now()
    const how = { depth, recurring: true, seconds: MONITOR_SECONDS } as const
    try {
      const answer = await agentIn(ground(), 'a', 'monitor', PARAMETERS, how)
      // The end of the channel is seen before that of the machine.
      if (answer.code === 255) await until('the node to be gone', 20, async () => !isRunning(ground(), 'a'))
      if (answer.code === 255) return undefined
      expect(performance.now() - begin).toBeLessThan((MONITOR_SECONDS + 1) * 1000)
      return answer
    } catch (cause) {
      if (isRunning(ground(), 'a')) throw cause
      return undefined
    }
  }

  const seconds = (begin: number): string => ((performance.now() - begin) / 1000).toFixed(1)

  // Of the 16 seconds until the reset a monitor has to hit ten: not on a machine that is busy with other things.
  if (process.env.HAHA_FULL === '1') {
    test('the heartbeat device is lost: monitors say how late the heartbeat is, until the node resets itself', async () => {
      await breakDisk(ground(), 'a')
      const begin = performance.now()
      const told = new Set<string>()
      while (isRunning(ground(), 'a') && performance.now() - begin < 120_000) {
        for (const depth of [0, 10] as const) {
          const answer = await monitor(depth)
          if (answer === undefined) continue
          // 7 would say that nothing was exported here.
          expect([0, 1, 190], answer.output).toContain(answer.code)
          if (answer.code !== 0) told.add(answer.output)
          console.log(
            `  heartbeat device lost, after ${seconds(begin)} s: depth ${depth} answers ${answer.code}`,
          )
        }
      }
      expect(isRunning(ground(), 'a')).toBe(false)
      expect([...told].join('\n')).toMatch(/the OCFS2 heartbeat on \S+ is \d+ ms old/)
      console.log(`  the node has reset itself ${seconds(begin)} s after the loss`)
    })
  }

  test('an I/O error under the shared filesystem: the monitor that writes fails, or the node has reset itself', async () => {
    await breakDisk(ground(), 'a')
    const answer = await monitor(20)
    console.log(
      `  I/O error, depth 20: ${answer === undefined ? 'the node reset itself' : answer.output.trim()}`,
    )
    if (answer !== undefined) expect(answer.code, answer.output).toBe(1)
    await until('the node to reset itself', 120, async () => !isRunning(ground(), 'a'))
  })
})
