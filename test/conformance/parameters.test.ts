import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { builtRecording, recurring } from './recording.ts'

const { make } = builtRecording()

describe('a required parameter that is missing', () => {
  const missing = { environment: { OCF_RESKEY_directory: '' } }
  const reason = 'directory: is required and not set (example: directory=/tmp/recording)'

  test('start and validate-all 6, probe 7, stop 0', async () => {
    const one = make()
    expect(await one.act('start', missing)).toMatchObject({ code: 6, reason })
    expect(await one.act('validate-all', missing)).toMatchObject({ code: 6, reason })
    expect(await one.act('monitor', missing)).toMatchObject({ code: 7, reason: '' })
    expect(await one.act('monitor', { ...missing, ...recurring })).toMatchObject({ code: 7, reason: '' })
    expect(await one.act('stop', missing)).toMatchObject({ code: 0, reason: '' })
  })

  test('while it runs: monitor tells the truth and stop stops', async () => {
    const one = make()
    await one.act('start')
    expect((await one.act('monitor', { ...missing, ...recurring })).code).toBe(0)
    one.set('failed')
    expect((await one.act('monitor', { ...missing, ...recurring })).code).toBe(1)
    expect((await one.act('stop', missing)).code).toBe(0)
    expect(one.running()).toEqual([])
  })
})

describe.concurrent('a parameter that is wrong', () => {
  test.each<[Readonly<Record<string, string>>, number, string]>([
    [{ weight: '11' }, 6, "weight: '11' is not a whole number from 0 to 10 (example: weight=5)"],
    [{ mass: 'much' }, 6, "weight: 'much' is not a whole number from 0 to 10 (example: weight=5)"],
    [
      { start_delay: '-1s' },
      6,
      "start_delay: '-1s' is not a time from 0s to 10min (example: start_delay=2s)",
    ],
    [{ weight: '10', start_delay: '1s' }, 6, 'weight: 10 allows no start_delay (example: weight=9)'],
    [
      { directory: 'tmp' },
      6,
      `directory: 'tmp' is not an absolute path without ".." (example: directory=/tmp/recording)`,
    ],
    [{ directory: '/no/such/folder' }, 2, 'directory: /no/such/folder is no folder on this node'],
  ])('%j: start answers %i', async (parameters, code, reason) => {
    const one = make()
    expect(await one.act('start', { parameters })).toMatchObject({ code, reason })
    expect(one.running()).toEqual([])
    expect((await one.act('monitor', { parameters })).code).toBe(7)
    expect((await one.act('stop', { parameters })).code).toBe(0)
  })

  test.each<[string, string]>([
    ['a quote', `'; touch MARK; '`],
    ['a command substitution', '$(touch MARK)`touch MARK`'],
    ['a line break', '1\nocf-exit-reason:forged\ntouch MARK'],
    ['100 KB', `${'9'.repeat(100_000)}`],
  ])('%s: one line that names the parameter, and nothing is run', async (_, hostile) => {
    const one = make()
    const mark = `${one.folder}/mark`
    for (const name of ['directory', 'start_delay', 'weight']) {
      const parameters = { [name]: hostile.replaceAll('MARK', mark) }
      const { code, stderr, reason } = await one.act('start', { parameters })
      expect(code).toBe(6)
      expect(reason.startsWith(`${name}: '`)).toBe(true)
      expect(reason.length).toBeLessThan(200)
      expect(stderr.split('\n').filter(line => line.startsWith('ocf-exit-reason:')).length).toBe(1)
      expect(stderr.trimEnd().split('\n').length).toBe(2)
      expect((await one.act('monitor', { ...recurring, parameters })).code).toBe(7)
    }
    expect(existsSync(mark)).toBe(false)
    expect(one.running()).toEqual([])
  })

  test('broken under a running resource: monitor and stop still tell the truth, never 2 or 6', async () => {
    const one = make()
    await one.act('start', { parameters: { weight: '3' } })
    const broken = { parameters: { directory: '../nowhere', weight: 'x', start_delay: 'y', colour: 'red' } }
    expect(await one.act('monitor', { ...recurring, ...broken })).toMatchObject({ code: 0, stderr: '' })
    expect((await one.act('reload-agent', broken)).code).toBe(6)
    expect((await one.act('monitor', { ...recurring, ...broken })).code).toBe(0)
    expect(await one.act('stop', broken)).toMatchObject({ code: 0, reason: '' })
    expect(one.running()).toEqual([])
    expect((await one.act('monitor', broken)).code).toBe(7)
  })
})

describe('validate-all', () => {
  test('looks at the parameters only, at level 10 also at the host', async () => {
    const one = make()
    const parameters = { directory: '/no/such/folder' }
    expect((await one.act('validate-all', { parameters })).code).toBe(0)
    expect(await one.act('validate-all', { parameters, checkLevel: 10 })).toMatchObject({ code: 2 })
    const environment = { OCF_TESTER_FAIL_HAVE_BINARY: '1' }
    expect(await one.act('validate-all', { environment, checkLevel: 10 })).toMatchObject({ code: 5 })
  })

  test('a name that is unknown is told, and is no error', async () => {
    const { code, stderr } = await make().act('validate-all', { parameters: { wieght: '3' } })
    expect(code).toBe(0)
    expect(stderr).toBe('WARNING: parameter wieght is unknown to recording and ignored: is it misspelt?\n')
  })
})

describe('reload-agent', () => {
  test('takes a changed parameter over without touching what runs', async () => {
    const one = make()
    await one.act('start')
    const before = one.running()
    const reload = await one.act('reload-agent', { parameters: { weight: '7' } })
    expect(reload).toMatchObject({ code: 0, reason: '' })
    expect(reload.stderr).toContain('INFO: weight is now 7')
    expect(one.running()).toEqual(before)
    expect(one.state.read().parameters).toMatchObject({ weight: '7' })
  })
})
