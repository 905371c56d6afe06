import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { alarmIn } from '../../../lib/host/alarm.ts'
import { monotonicMs } from '../../../lib/host/clock.ts'

const rung: string[] = []
const ring = (name: string) => () => void rung.push(name)

async function heard(name: string): Promise<void> {
  await expect.poll(() => rung.includes(name), { timeout: 5000, interval: 5 }).toBe(true)
}

test('alarms ring in the order of their times, whichever was set first, and none before its time', async () => {
  const begin = monotonicMs()
  const times: number[] = []
  alarmIn(400, () => void times.push(monotonicMs() - begin))
  alarmIn(400, ring('late'))
  alarmIn(30, ring('early'))
  alarmIn(210, ring('middle'))
  await heard('late')
  expect(rung.splice(0)).toEqual(['early', 'middle', 'late'])
  expect(times[0]).toBeGreaterThanOrEqual(400)
})

test('one that is due at once, or was due before, rings at once, but not while it is being set', async () => {
  alarmIn(0, ring('now'))
  alarmIn(-1000, ring('past'))
  expect(rung).toEqual([])
  await heard('past')
  expect(rung.splice(0)).toEqual(['now', 'past'])
})

test('one that was taken back never rings, also when another that rings at the same time takes it back', async () => {
  const takeBack = alarmIn(20, ring('taken back'))
  takeBack()
  takeBack()
  let second = () => {}
  alarmIn(50, () => second())
  second = alarmIn(50, ring('taken back by another'))
  await sleep(60)
  alarmIn(10, ring('later'))
  await heard('later')
  expect(rung.splice(0)).toEqual(['later'])
})

test('one that is set by one that rings has its own time', async () => {
  alarmIn(10, () => alarmIn(20, ring('second')))
  await heard('second')
  rung.splice(0)
})
