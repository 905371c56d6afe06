import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { RadioHouse } from './radio-house.ts'

/** Asked of the agent: a hang is seen within a minute, and cured within two more. */
const SEEN_MS = 60_000
const CURED_MS = 120_000
const START_MS = 240_000

let house: RadioHouse

beforeAll(async () => {
  house = await RadioHouse.up('radio')
  await house.lampsObey(Date.now(), START_MS)
})
afterAll(() => house?.down())
afterEach(async () => {
  house.switched.length = 0
  expect(await house.fenced()).toEqual([])
})

test('a radio that hangs at run time is named, power-cycled by its switch, and the lamps obey where they did', async () => {
  const [node, before] = [await house.active(), await house.containers()]
  const faultMs = Date.now()
  await house.radio.hang()
  const reason = await house.told('hung', /hangs/, SEEN_MS)
  const seenMs = Date.now() - faultMs
  const cured = await house.lampsObey(Date.now(), CURED_MS)
  console.log(`  hung at run time: seen after ${seenMs} ms, the lamps obeyed ${cured} ms later; ${reason}`)
  expect(house.switched).toEqual([false, true])
  await house.told('hung', /^$/, SEEN_MS)
  expect(await house.active()).toBe(node)
  expect(await house.containers()).toEqual(before)
})

test('a bridge that is dead, behind a ping that answers, is told as that, cuts no power and moves nothing', async () => {
  const node = await house.active()
  house.bridge('dead')
  try {
    await house.told('session', /acknowledges nothing|is not connected/, SEEN_MS)
    expect(await house.active()).toBe(node)
  } finally {
    house.bridge('alive')
  }
  await house.lampsObey(Date.now(), START_MS)
  await house.told('session', /^$/, SEEN_MS)
  expect(await house.active()).toBe(node)
  expect(house.switched).toEqual([])
})

test('a radio that hung before the stack is started is named and cured while it starts', async () => {
  await house.run(
    'crm_resource --resource g_house --meta --set-parameter target-role --parameter-value Stopped',
  )
  await house.run('crm_resource --wait --timeout=120s')
  await house.radio.hang()
  const begin = Date.now()
  await house.run('crm_resource --resource g_house --meta --delete-parameter target-role')
  const reason = await house.told('hung', /hangs/, START_MS)
  const took = await house.lampsObey(begin, START_MS)
  console.log(`  hung at the start: the lamps obeyed ${took} ms after it; ${reason}`)
  expect(house.switched).toEqual([false, true])
})
