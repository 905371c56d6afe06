import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseJson, stringAt } from '../../lib/ocf/json.ts'
import { root } from '../../scripts/bundle.ts'
import type { ActionRun } from '../executor.ts'
import { builtRecording, recurring } from './recording.ts'

const { bundle, make } = builtRecording()
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'haha-hung-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Where the mount that hangs will be, in a mount namespace of its own. */
const mountPoint = () => join(folder, 'fuse')

/** Runs actions beside each other whose `directory` is on a mount that never answers. */
function onHungMount(runs: readonly ActionRun[]): unknown {
  const agent = `
    import { runAction } from ${JSON.stringify(join(root, 'test/executor.ts'))}
    const [, mount] = process.argv
    const run = one => runAction(${JSON.stringify(bundle())}, { ...one, parameters: { directory: mount } })
    const results = await Promise.all(${JSON.stringify(runs)}.map(run))
    process.stdout.write(JSON.stringify(results))`
  const program = join(root, 'test/conformance/hung-mounts.ts')
  const { stdout, stderr } = spawnSync(
    'unshare',
    ['--mount', '--propagation', 'private', process.execPath, program, 'fuse', folder, agent],
    { encoding: 'utf8', timeout: 30_000 },
  )
  const output = stringAt(parseJson(stdout), 'output')
  if (output === undefined || output === '') throw new Error(`${stdout}${stderr}`)
  return parseJson(output)
}

test('every action on a filesystem that hangs ends by itself, in time and with the truth', async () => {
  const [absent, watched, stopped] = [make(), make(), make()]
  for (const one of [watched, stopped]) {
    await one.act('start')
    one.state.update(state => ({ ...state, parameters: { directory: mountPoint() } }))
  }
  const limit = { timeoutMs: 8000 }
  const results = onHungMount([
    { action: 'monitor', instance: absent.instance, ...limit },
    { action: 'start', instance: absent.instance, ...limit },
    { action: 'monitor', instance: watched.instance, ...recurring, ...limit },
    { action: 'stop', instance: stopped.instance, ...limit },
  ])
  const noAnswer = `${mountPoint()} gives no answer`
  expect(results).toMatchObject([
    { code: 7, timedOut: false },
    { code: 1, timedOut: false, reason: `directory: ${noAnswer}` },
    { code: 1, timedOut: false, reason: noAnswer },
    { code: 0, timedOut: false },
  ])
  expect([watched.running().length, stopped.running().length]).toEqual([1, 0])
})
