import { expect, test } from 'vitest'
import { builtRecording, type Recording, recurring } from './recording.ts'

const { make } = builtRecording()

/** HAHA_FULL=1 runs the counts that a release needs, otherwise what fits CI. */
const instants = process.env.HAHA_FULL === '1' ? 100 : 20
const atOnce = 4

/** Kills the agent's whole group in the middle of an action, as Pacemaker does at the timeout. */
async function killedIn(one: Recording, action: 'start' | 'stop'): Promise<number> {
  const killAfterMs = 20 + Math.random() * 330
  const { code } = await one.act(action, { killAfterMs, parameters: { start_delay: '0.1s' } })
  return code
}

/** What must hold after any death of an agent. */
async function isSane(one: Recording): Promise<void> {
  const alive = one.running().length > 0
  const { code, stderr } = await one.act('monitor')
  expect({ alive, code, stderr }).toEqual({ alive, code: alive ? 0 : 7, stderr: '' })
  expect(await one.act('stop')).toMatchObject({ code: 0, reason: '', timedOut: false })
  expect(one.running()).toEqual([])
  expect(await one.act('monitor', recurring)).toMatchObject({ code: 7 })
  expect(one.state.read()).toMatchObject({ active: false, work: [] })
  expect(one.state.complaint).toBeUndefined()
}

/** Runs `one round` at every instant, a few beside each other. */
async function atManyInstants(round: () => Promise<number>): Promise<readonly number[]> {
  const codes: number[] = []
  const worker = async () => {
    for (let turn = 0; turn < instants / atOnce; turn++) codes.push(await round())
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return codes
}

const timeout = { timeout: 20_000 + instants * 2000 }

test('a start killed at any instant leaves nothing that the next stop does not end', timeout, async () => {
  const codes = await atManyInstants(async () => {
    const one = make()
    const code = await killedIn(one, 'start')
    await isSane(one)
    return code
  })
  expect(codes).toContain(-1)
})

test('a stop killed at any instant is finished by the next one', timeout, async () => {
  const codes = await atManyInstants(async () => {
    const one = make()
    if (Math.random() < 0.5) one.set('ignore-term')
    await one.act('start')
    const code = await killedIn(one, 'stop')
    await isSane(one)
    return code
  })
  expect(codes).toContain(-1)
})

test('a start after a killed start runs the service once', timeout, async () => {
  await atManyInstants(async () => {
    const one = make()
    const code = await killedIn(one, 'start')
    expect((await one.act('start')).code).toBe(0)
    expect(one.running().length).toBe(1)
    expect((await one.act('monitor', recurring)).code).toBe(0)
    await isSane(one)
    return code
  })
})
