import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { INTERVAL_MS, otherWatcher, type Peripheral, PeripheralCluster } from './peripheral-cluster.ts'

const FULL = process.env.HAHA_FULL === '1'
/** Lost by the active node alone 12 times, and dead for everybody 20 times; or 2 times each. */
const LOST = FULL ? { peripherals: [0, 1, 2], rounds: 4 } : { peripherals: [0, 1], rounds: 1 }
const DEAD = FULL ? { peripherals: [3, 4], rounds: 10 } : { peripherals: [2, 3], rounds: 1 }
/** Of tests that run beside those. */
const [FLAPPING, ARBITERS] = [5, 6]

let house: PeripheralCluster

beforeAll(async () => {
  house = await PeripheralCluster.up('peripheral', FULL ? 7 : 4)
})
afterAll(() => house?.down())

const somewhen = () => pause(Math.random() * INTERVAL_MS)

/** @returns the starts and stops of its stack that came meanwhile, and until all is well again */
async function during(one: Peripheral, what: () => Promise<void>): Promise<readonly string[]> {
  const before = one.story().length
  try {
    await what()
  } finally {
    await one.restore()
  }
  return one.story().slice(before)
}

async function isDownForAll(one: Peripheral, text: RegExp | ''): Promise<void> {
  await Promise.all([
    one.untilAttribute('down_for_all', 'n1', text),
    one.untilAttribute('down_for_all', 'n2', text),
  ])
}

describe.concurrent('each with a peripheral of its own:', () => {
  test.each(DEAD.peripherals)(
    'dead for everybody, at any phase of the looks: nothing moves, nothing stops (%i)',
    async number => {
      const one = peripheral(number)
      for (let round = 0; round < DEAD.rounds; round += 1) {
        const story = await during(one, async () => {
          await somewhen()
          await one.die()
          await isDownForAll(one, /answers no node/)
          await somewhen()
        })
        expect(story).toEqual([])
      }
    },
  )

  test.each(LOST.peripherals)(
    'lost by the active node alone, the stack moves once and does not go back (%i)',
    async number => {
      const one = peripheral(number)
      for (let round = 0; round < LOST.rounds; round += 1) {
        const active = await one.active()
        const heir = otherWatcher(active)
        const story = await during(one, async () => {
          await somewhen()
          await one.cutPath(active)
          await one.untilActive(heir)
          await one.untilAttribute('unreachable_here', active, /answers other nodes/)
        })
        expect(story).toEqual([`stop ${active}`, `start ${heir}`])
      }
    },
  )
})

if (FULL) {
  describe.concurrent('beside them, with one of its own:', () => {
    test('a link that flaps, never down for two looks, moves nothing', async () => {
      const one = peripheral(FLAPPING)
      const active = await one.active()
      const story = await during(one, async () => {
        for (let flap = 0; flap < 5; flap += 1) {
          await one.cutPath(active)
          await pause(INTERVAL_MS / 3)
          await one.mendPath(active)
          await pause(INTERVAL_MS / 3 + Math.random() * INTERVAL_MS)
        }
      })
      expect(story).toEqual([])
    })

    test('an arbiter that reaches it is no peer: lost by both others it moves nothing', async () => {
      const one = peripheral(ARBITERS)
      const story = await during(one, async () => {
        await Promise.all([one.cutPath('n1'), one.cutPath('n2')])
        await isDownForAll(one, /answers no node/)
        expect(await one.reachedBy('n3')).toBe(true)
      })
      expect(story).toEqual([])
    })
  })

  test('an attribute daemon that is killed, and one that hangs while the device is dead, move nothing', async () => {
    const one = peripheral(0)
    const active = await one.active()
    const story = await during(one, async () => {
      await house.run(active, 'kill -KILL $(pidof pacemaker-attrd)')
      await pause(INTERVAL_MS)
      await house.run(active, 'until pidof pacemaker-attrd; do sleep 0.2; done')
      await house.run(active, 'kill -STOP $(pidof pacemaker-attrd)')
      try {
        await one.die()
        await pause(2.5 * INTERVAL_MS)
      } finally {
        await house.run(active, 'kill -CONT $(pidof pacemaker-attrd)')
      }
      await isDownForAll(one, /answers no node/)
    })
    expect(story).toEqual([])
  })

  test('the watch refreshed and restarted, with a node that has lost the device: nothing moves', async () => {
    const one = peripheral(1)
    const active = await one.active()
    const heir = otherWatcher(active)
    const story = await during(one, async () => {
      await one.cutPath(active)
      await one.untilActive(heir)
      await house.run('n1', `crm_resource --refresh --resource ${one.clone}`)
      await house.run('n1', 'crm_resource --wait --timeout=60s')
      await house.run('n1', `crm_resource --restart --resource ${one.clone}`)
      await one.untilAttribute('unreachable_here', active, /answers other nodes/)
    })
    expect(story).toEqual([`stop ${active}`, `start ${heir}`])
  })
}

test('nobody was fenced for any of it', async () => {
  expect(await house.fenced()).toEqual([])
})

function peripheral(number: number): Peripheral {
  const one = house.peripherals[number]
  if (one === undefined) throw new Error(`no peripheral ${number}`)
  return one
}
