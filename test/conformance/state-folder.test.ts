import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stateFolder } from '../../lib/ocf/state-file.ts'
import { runAction } from '../executor.ts'
import { builtRecording, type Recording, recurring } from './recording.ts'

const { bundle, make } = builtRecording()

/** Runs an action where the state folder can be read and not written, as when /run is full. */
function withoutWriting(one: Recording, action: string, more = {}) {
  const wrapper = join(one.folder, 'wrapper')
  const remount = `mount --bind ${stateFolder} ${stateFolder} && mount -o remount,bind,ro ${stateFolder}`
  mkdirSync(stateFolder, { recursive: true })
  writeFileSync(
    wrapper,
    `#!/bin/sh\nexec unshare --mount --propagation private sh -c '${remount} && exec "$0" "$@"' ${bundle()} "$@"\n`,
  )
  chmodSync(wrapper, 0o755)
  const parameters = { directory: one.folder }
  return runAction(wrapper, { action, instance: one.instance, timeoutMs: 10_000, parameters, ...more })
}

test('a stop that cannot write its state still stops, and does not fence a node for it', async () => {
  const one = make()
  await one.act('start')
  const { code, stderr } = await withoutWriting(one, 'stop')
  expect({ code, running: one.running() }).toEqual({ code: 0, running: [] })
  expect(stderr).toContain('WARNING: ')
  expect(await one.act('monitor')).toMatchObject({ code: 7 })
})

test('a stop of what never ran is 0, a probe 7, a monitor of what runs 0', async () => {
  const [never, runs] = [make(), make()]
  await runs.act('start')
  expect((await withoutWriting(never, 'stop')).code).toBe(0)
  expect((await withoutWriting(never, 'monitor')).code).toBe(7)
  expect(await withoutWriting(runs, 'monitor', recurring)).toMatchObject({ code: 0, stderr: '' })
  expect((await runs.act('stop')).code).toBe(0)
})

test('a monitor that cannot write still says what is degraded', async () => {
  const one = make()
  await one.act('start')
  one.set('degraded')
  expect(await withoutWriting(one, 'monitor', recurring)).toMatchObject({
    code: 190,
    reason: 'one of its two legs is gone',
  })
  await one.act('stop')
})

test('a start that cannot be recorded starts nothing and says why', async () => {
  const one = make()
  const { code, reason } = await withoutWriting(one, 'start')
  expect({ code, running: one.running() }).toEqual({ code: 1, running: [] })
  expect(reason).toContain('EROFS')
  expect(reason).toContain(stateFolder)
})

test('a half-written, foreign or future state file is taken as absent, and said', async () => {
  for (const text of ['{"version":1,"agent":"recor', '{"version":1,"agent":"other"}', '\0\0\0']) {
    const one = make()
    mkdirSync(stateFolder, { recursive: true })
    writeFileSync(one.state.path, text)
    const { code, stderr } = await one.act('monitor')
    expect(code).toBe(7)
    expect(stderr).toBe(`WARNING: state file ${one.state.path} is broken or not ours, taken as absent\n`)
    expect((await one.act('start')).code).toBe(0)
    expect((await one.act('stop')).code).toBe(0)
  }
})
