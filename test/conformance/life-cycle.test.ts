import { describe, expect, test } from 'vitest'
import { builtReference, recurring } from './reference.ts'

const { make } = builtReference()

describe('a life', () => {
  test('goes from stopped over running to stopped, and every action may be repeated', async () => {
    const one = make()
    expect(await one.act('monitor')).toMatchObject({ code: 7, reason: '', stderr: '' })
    expect(await one.act('stop')).toMatchObject({ code: 0, stderr: '' })
    expect(await one.act('start')).toMatchObject({ code: 0, reason: '', stdout: '' })
    const before = one.running()
    expect(before.length).toBe(1)
    expect(await one.act('start')).toMatchObject({ code: 0 })
    expect(one.running()).toEqual(before)
    expect(await one.act('monitor', recurring)).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(await one.act('monitor')).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(await one.act('stop')).toMatchObject({ code: 0, reason: '' })
    expect(one.running()).toEqual([])
    expect(await one.act('stop')).toMatchObject({ code: 0 })
    expect(await one.act('monitor')).toMatchObject({ code: 7 })
    expect(await one.act('monitor', recurring)).toMatchObject({ code: 7 })
  })

  test('start answers only when the service is up', async () => {
    const one = make()
    const { code, durationMs } = await one.act('start', { parameters: { start_delay: '1s' } })
    expect(code).toBe(0)
    expect(durationMs).toBeGreaterThan(1000)
  })

  test('a service that ignores SIGTERM is killed', async () => {
    const one = make()
    one.set('ignore-term')
    await one.act('start')
    expect(await one.act('stop')).toMatchObject({ code: 0 })
    expect(one.running()).toEqual([])
  })

  test('a crash is seen at the next monitor', async () => {
    const one = make()
    await one.act('start')
    for (const pid of one.running()) process.kill(-pid, 'SIGKILL')
    expect((await one.act('monitor', recurring)).code).toBe(7)
    expect((await one.act('start')).code).toBe(0)
    expect((await one.act('monitor', recurring)).code).toBe(0)
  })
})

/** Exit codes by what is seen. Without crm_feature_set a runner takes every non-zero monitor for a failure. */
describe.concurrent.each<{
  files: readonly string[]
  probe: number
  monitor: number
  other: number
  reason: string
}>([
  { files: [], probe: 0, monitor: 0, other: 0, reason: '' },
  { files: ['degraded'], probe: 0, monitor: 190, other: 0, reason: 'one of its two legs is gone' },
  { files: ['failed'], probe: 1, monitor: 1, other: 1, reason: 'it answers wrongly in two lines' },
  { files: ['hopeless'], probe: 1, monitor: 1, other: 1, reason: 'it can never run' },
  { files: ['unknown'], probe: 1, monitor: 1, other: 1, reason: 'nobody can tell whether it runs' },
  { files: ['starting'], probe: 0, monitor: 0, other: 0, reason: '' },
])('running, $files', ({ files, probe, monitor, other, reason }) => {
  test('probe, monitor, monitor by others, stop', async () => {
    const one = make()
    await one.act('start')
    one.set(...files)
    expect((await one.act('monitor')).code).toBe(probe)
    expect(await one.act('monitor', recurring)).toMatchObject({ code: monitor, reason })
    const alone = { ...recurring, environment: { OCF_RESKEY_crm_feature_set: '' } }
    expect((await one.act('monitor', alone)).code).toBe(other)
    expect(await one.act('stop')).toMatchObject({ code: 0, reason: '' })
    expect(one.running()).toEqual([])
  })
})

describe.concurrent('start', () => {
  test.each<[string, readonly string[], number, string]>([
    ['degraded is started', ['degraded'], 0, ''],
    ['hopeless is given up at once', ['hopeless'], 1, 'it can never run'],
  ])('%s', async (_, files, code, reason) => {
    const one = make()
    one.set(...files)
    const result = await one.act('start')
    expect(result).toMatchObject({ code, reason, timedOut: false })
    expect(result.durationMs).toBeLessThan(5000)
    expect((await one.act('stop')).code).toBe(0)
  })

  test.each<[string, string]>([
    ['failed', 'it answers wrongly in two lines'],
    ['starting', 'it warms up'],
    ['hang-start', 'the end of hang-start'],
    ['hang-look', 'the end of hang-look'],
  ])('%s: the agent leaves by itself before the kill, with the reason', async (file, awaited) => {
    const one = make()
    one.set(file)
    const { code, timedOut, reason } = await one.act('start', { timeoutMs: 3000 })
    expect({ code, timedOut }).toEqual({ code: 1, timedOut: false })
    expect(reason).toMatch(new RegExp(`^start gave up after [23] s of 3 s, waiting for ${awaited}$`))
    one.unset(file)
    expect((await one.act('stop')).code).toBe(0)
    expect(one.running()).toEqual([])
  })

  test('a service still warming up is tolerated as long as its start was granted', async () => {
    const one = make()
    await one.act('start', { timeoutMs: 3000 })
    one.set('starting')
    expect((await one.act('monitor', recurring)).code).toBe(0)
    await new Promise(resolve => setTimeout(resolve, 3000))
    expect(await one.act('monitor', recurring)).toMatchObject({ code: 1, reason: 'it warms up' })
  })
})

describe.concurrent('time', () => {
  test('a monitor and a stop that wait for ever leave by themselves, with the reason', async () => {
    const one = make()
    await one.act('start')
    one.set('hang-look')
    expect(await one.act('monitor', { ...recurring, timeoutMs: 3000 })).toMatchObject({
      code: 1,
      timedOut: false,
      reason: expect.stringMatching(
        /^monitor gave up after [23] s of 3 s, waiting for the end of hang-look$/,
      ),
    })
    expect(await one.act('stop', { timeoutMs: 3000 })).toMatchObject({
      code: 1,
      timedOut: false,
      reason: expect.stringMatching(/^stop gave up after [23] s of 3 s, waiting for the end of hang-look$/),
    })
  })

  test('a graceful stop that hangs gets its share, force the rest', async () => {
    const one = make()
    await one.act('start')
    one.set('hang-stop')
    const { code, stderr, durationMs } = await one.act('stop', { timeoutMs: 5000 })
    expect(code).toBe(0)
    expect(stderr).toContain('WARNING: graceful stop: not done within 2 s; using force')
    expect(durationMs).toBeLessThan(5000)
    expect(one.running()).toEqual([])
  })

  test('a start near its timeout says what to configure', async () => {
    const one = make()
    const { code, stderr } = await one.act('start', { timeoutMs: 4000, parameters: { start_delay: '2.7s' } })
    expect(code).toBe(0)
    expect(stderr).toMatch(/WARNING: start took \d\.\d s of its 4s timeout; configure op start timeout=10s/)
  })
})
