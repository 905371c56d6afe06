import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeAtomically } from '../../../lib/host/small-file.ts'
import { noState, StateFile, stateFolder } from '../../../lib/ocf/state-file.ts'
import { nameOf, ownInstances, testAgent } from './instance.ts'

const instance = ownInstances()

/** Writes the file as somebody else left it. */
function left(file: StateFile, content: unknown): StateFile {
  mkdirSync(stateFolder, { recursive: true })
  writeFileSync(file.path, typeof content === 'string' ? content : JSON.stringify(content))
  return new StateFile(testAgent, nameOf(file))
}

function written(file: StateFile, more: Readonly<Record<string, unknown>>) {
  return { version: 1, agent: testAgent, instance: nameOf(file), active: true, ...more }
}

test('without a file nothing is known, and nothing is wrong with that', () => {
  const file = instance()
  expect(file.read()).toEqual(noState)
  expect(file.complaint).toBeUndefined()
})

test('what is written is read again, all of it', () => {
  const file = instance()
  const whole = {
    active: true,
    startedAtMs: 5,
    startTimeoutMs: 6,
    parameters: { directory: '/mnt/iot', project: `'; $(x)\n"` },
    work: [{ id: '1.1', purpose: 'compose up', pid: 7, startTime: 8, leads: true }],
    cures: [{ key: 'service_a', atMs: 9, settlesAtMs: 10 }],
    damping: { a: 2 },
    degraded: { redundancy: 'one leg' },
    record: { list: [1, 'two', { three: null }] },
  }
  file.update(() => whole)
  expect(new StateFile(testAgent, nameOf(file)).read()).toEqual(whole)
})

test.each([[{ a: 1 }], [['a', 'b']], ['text'], [42], [false]])(
  'the record %j is read as it was saved',
  record => {
    const file = instance()
    file.section().save(record)
    expect(file.section().read()).toEqual(record)
  },
)

test('an update that changes nothing writes nothing', () => {
  const file = instance()
  file.update(state => state)
  expect(() => readFileSync(file.path)).toThrow('ENOENT')
})

test('two instances do not see each other', () => {
  const [a, b] = [instance(), instance()]
  a.update(state => ({ ...state, active: true }))
  expect(b.read().active).toBe(false)
})

describe('a file that cannot be trusted is taken as absent, and said', () => {
  test('half-written at any byte', () => {
    const file = instance()
    file.update(state => ({ ...state, active: true, parameters: { directory: '/mnt' } }))
    const text = readFileSync(file.path, 'utf8').trimEnd()
    for (let length = 0; length < text.length; length++) {
      const half = left(file, text.slice(0, length))
      expect(half.read()).toEqual(noState)
      expect(half.complaint).toContain('is broken or not ours')
    }
  })

  test.each([
    ['of another agent', { agent: 'compose-stack' }],
    ['of another instance', { instance: 'somebody' }],
    ['without a version', { version: undefined }],
  ])('%s', (_, more) => {
    const own = instance()
    const file = left(own, written(own, more))
    expect(file.read()).toEqual(noState)
    expect(file.complaint).toContain('is broken or not ours')
  })

  test.each(['null', '[]', '"text"', '12', '\0\0\0\0'])('that holds %j', text => {
    const file = left(instance(), text)
    expect(file.read()).toEqual(noState)
    expect(file.complaint).toContain('is broken or not ours')
  })

  test.each([2, 99, -1])('of version %d', version => {
    const own = instance()
    const file = left(own, written(own, { version }))
    expect(file.read()).toEqual(noState)
    expect(file.complaint).toContain(`has version ${version}, this release reads 1`)
  })

  test('that is a directory', () => {
    const own = instance()
    mkdirSync(own.path, { recursive: true })
    expect(own.read()).toEqual(noState)
    expect(own.complaint).toContain(own.path)
  })
})

test('a file of the previous release is read', () => {
  const own = instance()
  const file = left(own, written(own, { version: 0, parameters: { directory: '/mnt' } }))
  expect(file.read()).toEqual({ ...noState, active: true, parameters: { directory: '/mnt' } })
  expect(file.complaint).toBeUndefined()
})

test('parts of a wrong type are left out, the rest is read', () => {
  const own = instance()
  const work = [{ id: '1.1', pid: 'x' }, null, { id: '1.2', pid: 3, startTime: 4, purpose: 'p' }]
  const file = left(own, written(own, { work, damping: { a: 'b', c: 1 }, cures: 7, parameters: [1] }))
  expect(file.read()).toEqual({
    ...noState,
    active: true,
    work: [{ id: '1.2', pid: 3, startTime: 4, purpose: 'p', leads: false }],
    damping: { c: 1 },
  })
})

describe('replacing the file', () => {
  test('leaves nothing beside it', () => {
    const file = instance()
    for (let turn = 0; turn < 20; turn++) file.update(state => ({ ...state, damping: { turn } }))
    expect(readdirSync(stateFolder).filter(name => name.includes(nameOf(file)))).toEqual([
      `${testAgent}-${nameOf(file)}.json`,
    ])
  })

  test('that fails leaves the old one whole, and nothing beside it', () => {
    const file = instance()
    mkdirSync(`${file.path}/in-the-way`, { recursive: true })
    expect(() => file.update(state => ({ ...state, active: true }))).toThrow()
    expect(readdirSync(stateFolder).filter(name => name.includes(nameOf(file)))).toEqual([
      `${testAgent}-${nameOf(file)}.json`,
    ])
  })

  test('sweeps away what a killed agent was writing, and nothing of a living one', () => {
    const [file, other] = [instance(), instance()]
    const killed = `${file.path}.999999999.new`
    const living = [`${file.path}.${process.pid}.new`, `${other.path}.999999999.new`]
    for (const path of [killed, ...living]) writeFileSync(path, '{"version":')
    try {
      file.sweep()
      expect([killed, ...living].filter(path => existsSync(path))).toEqual(living)
    } finally {
      for (const path of [killed, ...living]) rmSync(path, { force: true })
    }
  })

  test('names the file where the system does not: a record that cannot be saved is told, not thrown', () => {
    const file = instance()
    mkdirSync(`${file.path}/in-the-way`, { recursive: true })
    try {
      const told = expect.stringContaining(`cannot write ${file.path} (EISDIR`)
      expect(file.section().trySave({ seen: true })).toEqual(told)
      expect(() => file.section().save({ seen: true })).toThrow(file.path)
    } finally {
      rmSync(file.path, { recursive: true })
    }
  })

  test('makes the folder that a boot took away', () => {
    const folder = mkdtempSync(join(tmpdir(), 'haha-state-'))
    try {
      writeAtomically(`${folder}/a/b/state.json`, 'text')
      expect(readFileSync(`${folder}/a/b/state.json`, 'utf8')).toBe('text')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
