import { describe, expect, test } from 'vitest'
import { eventually } from '../peers/eventually.ts'
import { builtRecording, recurring } from './recording.ts'

const { make } = builtRecording()

describe.concurrent('a service', () => {
  test('goes from stopped over running to stopped, and nothing is said of it', async () => {
    const one = make()
    for (const [action, code, running] of [
      ['monitor', 7, 0],
      ['stop', 0, 0],
      ['start', 0, 1],
      ['start', 0, 1],
      ['monitor', 0, 1],
      ['stop', 0, 0],
      ['stop', 0, 0],
      ['monitor', 7, 0],
    ] as const) {
      expect(await one.act(action)).toMatchObject({ code, stdout: '', stderr: '' })
      expect(one.running().length).toBe(running)
    }
  })

  test('that ignores SIGTERM is killed', async () => {
    const one = make()
    one.set('ignore-term')
    await one.act('start')
    expect(await one.act('stop')).toMatchObject({ code: 0 })
    expect(one.left()).toEqual([])
  })

  test('that crashes is seen at the next monitor, and can be started again', async () => {
    const one = make()
    await one.act('start')
    for (const pid of one.running()) process.kill(-pid, 'SIGKILL')
    expect((await one.act('monitor', recurring)).code).toBe(7)
    expect((await one.act('start')).code).toBe(0)
    expect((await one.act('monitor', recurring)).code).toBe(0)
    expect((await one.act('stop')).code).toBe(0)
  })

  test('whose main process alone died is failed, and a stop ends the rest', async () => {
    const one = make()
    await one.act('start')
    for (const pid of one.running()) process.kill(pid, 'SIGKILL')
    // A kill is only under way when it returns.
    await eventually(async () => expect(one.left().length).toBe(1))
    expect(await one.act('monitor', recurring)).toMatchObject({
      code: 1,
      reason: 'its main process is gone, others are left',
    })
    expect((await one.act('stop')).code).toBe(0)
    expect(one.left()).toEqual([])
  })

  test('that can never run is given up at once', async () => {
    const one = make()
    one.set('hopeless')
    const { code, reason, durationMs } = await one.act('start')
    expect({ code, reason }).toEqual({ code: 1, reason: 'it can never run' })
    expect(durationMs).toBeLessThan(5000)
    expect((await one.act('stop')).code).toBe(0)
    expect(one.left()).toEqual([])
  })

  test('a reason of two lines is told in one', async () => {
    const one = make()
    await one.act('start')
    one.set('failed')
    const { code, stderr } = await one.act('monitor', recurring)
    const line = 'it answers wrongly in two lines'
    expect({ code, stderr }).toEqual({ code: 1, stderr: `ERROR: ${line}\nocf-exit-reason:${line}\n` })
    expect((await one.act('stop')).code).toBe(0)
  })
})

test('an error that nobody caught is told in one line, without a stack trace', async () => {
  const one = make()
  await one.act('start')
  one.set('break-look')
  const { code, stderr, durationMs } = await one.act('monitor', recurring)
  const reason = 'monitor broke unexpectedly: late error in two lines'
  expect({ code, stderr }).toEqual({ code: 1, stderr: `ocf-exit-reason:${reason}\n` })
  expect(durationMs).toBeLessThan(4000)
})

describe.concurrent('an action that waits for ever leaves by itself before the kill, with the reason', () => {
  test.each(['hang-start', 'hang-look'])('%s in a start', async file => {
    const one = make()
    one.set(file)
    const { code, timedOut, reason } = await one.act('start', { timeoutMs: 3000 })
    expect({ code, timedOut }).toEqual({ code: 1, timedOut: false })
    expect(reason).toMatch(new RegExp(`^waited for the end of ${file}; start gave up after [23] s of 3 s$`))
    one.unset(file)
    expect((await one.act('stop')).code).toBe(0)
    expect(one.left()).toEqual([])
  })

  test('hang-look in a monitor and in a stop', async () => {
    const one = make()
    await one.act('start')
    one.set('hang-look')
    const both = [one.act('monitor', { ...recurring, timeoutMs: 3000 }), one.act('stop', { timeoutMs: 3000 })]
    for (const { code, timedOut, reason } of await Promise.all(both)) {
      expect({ code, timedOut }).toEqual({ code: 1, timedOut: false })
      expect(reason).toMatch(/^waited for the end of hang-look; (monitor|stop) gave up after [23] s of 3 s$/)
    }
  })

  test('but a graceful stop has its share only, and force the rest', async () => {
    const one = make()
    await one.act('start')
    one.set('hang-stop')
    const { code, stderr, durationMs } = await one.act('stop', { timeoutMs: 5000 })
    expect(code).toBe(0)
    expect(stderr).toContain('WARNING: graceful stop: not done within 2 s; using force')
    expect(durationMs).toBeLessThan(5000)
    expect(one.left()).toEqual([])
  })
})
