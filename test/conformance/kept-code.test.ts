import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stateFolder } from '../../lib/ocf/state-file.ts'
import { type NodeBuild, nodeExecutable } from '../../scripts/nodes.ts'
import { type ActionRun, runAction } from '../executor.ts'
import { builtRecording, type Recording, recurring } from './recording.ts'

const { bundle, make } = builtRecording()
const isFull = process.env.HAHA_FULL === '1'
const builds: readonly NodeBuild[] = isFull ? ['official-18', 'official-20', 'debian-12'] : ['official-20']

/** A resource whose state folder is its own, so that no other test keeps code beside it. */
interface Alone {
  readonly one: Recording
  readonly code: string
  act(action: string, more?: Partial<ActionRun>, build?: NodeBuild): ReturnType<typeof runAction>
  /** The file that a build keeps its code in, of which there is one. */
  kept(): string
}

function alone(more = ''): Alone {
  const one = make()
  const [state, wrapper] = [join(one.folder, 'state'), join(one.folder, 'wrapper')]
  mkdirSync(state)
  mkdirSync(stateFolder, { recursive: true })
  const mount = `mount --bind ${state} ${stateFolder}${more}`
  writeFileSync(
    wrapper,
    `#!/bin/sh\nexec unshare --mount --propagation private sh -c '${mount} && exec "$0" "$@"' $RECORDED_WITH ${bundle()} "$@"\n`,
  )
  chmodSync(wrapper, 0o755)
  const code = join(state, 'code')
  return {
    one,
    code,
    async act(action, given = {}, build) {
      const node = build === undefined ? '' : await nodeExecutable(build)
      const environment = { ...given.environment, RECORDED_WITH: node }
      const parameters = { directory: one.folder }
      return runAction(wrapper, {
        action,
        instance: one.instance,
        timeoutMs: 20_000,
        parameters,
        ...given,
        environment,
      })
    },
    kept() {
      const [name = '', ...others] = readdirSync(code)
      expect(others).toEqual([])
      return join(code, name)
    },
  }
}

test('only a recurring monitor that finds all well leaves its compiled program behind, for root alone', async () => {
  const { act, code, kept, one } = alone()
  await act('monitor')
  await act('monitor', recurring)
  await act('start')
  await act('monitor')
  one.set('degraded')
  await act('monitor', recurring)
  one.unset('degraded')
  expect(existsSync(code)).toBe(false)
  expect((await act('monitor', recurring)).code).toBe(0)
  expect([statSync(code).mode & 0o777, statSync(kept()).mode & 0o777]).toEqual([0o700, 0o600])
  await act('stop')
})

test.each(builds)('every action answers the same with the program kept by node %s', async build => {
  const { act, one, kept } = alone()
  expect((await act('start', {}, build)).code).toBe(0)
  expect(await act('monitor', recurring, build)).toMatchObject({ code: 0, stderr: '' })
  const before = statSync(kept()).ino
  expect(await act('monitor', recurring, build)).toMatchObject({ code: 0, stderr: '' })
  expect(statSync(kept()).ino).toBe(before)
  const otherwise = { environment: { NODE_OPTIONS: '--interpreted-frames-native-stack' } }
  expect(await act('monitor', { ...recurring, ...otherwise }, build)).toMatchObject({ code: 0, stderr: '' })
  one.set('degraded')
  expect(await act('monitor', recurring, build)).toMatchObject({
    code: 190,
    reason: 'one of its two legs is gone',
  })
  expect((await act('validate-all', {}, build)).code).toBe(0)
  expect((await act('dance', {}, build)).code).toBe(3)
  expect((await act('stop', {}, build)).code).toBe(0)
  expect((await act('monitor', {}, build)).code).toBe(7)
})

/** The time that a kept file has. */
const keptAt = 1

/** What may stand where the code was kept; the unit tests know more of it. */
const hostile: Readonly<Record<string, (file: string, foreign: Buffer) => void>> = {
  'of another build of node': (file, foreign) => {
    writeFileSync(file, foreign)
    // As if it had been kept there.
    utimesSync(file, keptAt, keptAt)
  },
  'damaged in one byte': file => {
    const bytes = readFileSync(file)
    bytes[5000] = (bytes[5000] ?? 0) ^ 255
    writeFileSync(file, bytes)
  },
  'somebody else’s': file => chownSync(file, 65_534, 65_534),
  'a link to nowhere': file => {
    rmSync(file)
    symlinkSync('/nonexistent', file)
  },
}

test('kept code that is broken, foreign or of another node changes no exit code, and is replaced', async () => {
  const [{ act, kept, one }, other] = [alone(), alone()]
  await other.act('start', {}, 'official-18')
  await other.act('monitor', recurring, 'official-18')
  const foreign = readFileSync(other.kept())
  await other.act('stop')
  await act('start', {}, 'official-20')
  await act('monitor', recurring, 'official-20')
  for (const [name, spoil] of Object.entries(hostile)) {
    const good = statSync(kept())
    expect(good.mtimeMs).toBe(keptAt * 1000)
    spoil(kept(), foreign)
    const spoiled = lstatSync(kept(), { bigint: true })
    one.set('failed')
    expect((await act('monitor', recurring, 'official-20')).code, name).toBe(1)
    one.unset('failed')
    expect(await act('monitor', recurring, 'official-20'), name).toMatchObject({ code: 0, stderr: '' })
    const { uid, mode } = lstatSync(kept())
    expect({ uid, mode }, name).toEqual({ uid: 0, mode: good.mode })
    expect(lstatSync(kept(), { bigint: true }).ctimeNs > spoiled.ctimeNs, name).toBe(true)
  }
  expect((await act('stop')).code).toBe(0)
})

test('where /run cannot be written every action answers all the same, and says nothing of the code', async () => {
  const { act, code } = alone(` && mount -o remount,bind,ro ${stateFolder}`)
  expect((await act('monitor', recurring)).code).toBe(7)
  expect(await act('stop')).toMatchObject({ code: 0 })
  expect(existsSync(code)).toBe(false)
})
