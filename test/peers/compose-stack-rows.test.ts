import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../scripts/engine/engine.ts'
import { installEnginePackages, installRivalAgents } from '../../scripts/engine/host-packages.ts'
import type { ComposeVersion, EngineVersion } from '../../scripts/engine/packages.ts'
import { startStockedEngine } from '../../scripts/engine/stocked.ts'
import { QUICK_IMAGES } from './stack.ts'
import { service, sleepers, Trial } from './trial.ts'

/** What an agent did: its codes, and how many containers the kernel still has afterwards. */
interface Answers {
  readonly monitor: number | 'hangs'
  readonly aliveAfterMonitor?: number
  readonly stop?: number
  readonly aliveAfterStop?: number
}

/** One row of the table of rivals: what goes wrong, what must be answered, and how the rival answers. */
interface Row {
  readonly name: string
  readonly yaml: string
  readonly parameters?: Readonly<Record<string, string>>
  readonly fault?: (trial: Trial) => Promise<void>
  /** What befalls everything on the engine. */
  readonly engineFault?: (engine: Engine) => Promise<void>
  readonly must: { readonly monitor: number; readonly reason: RegExp }
  /** Measured failures; `right`: nothing is asserted, the table tells. Without v1 the row is not run on it. */
  readonly rival: { readonly v2: Answers | 'right'; readonly v1?: Answers | 'right' }
}

const two = sleepers(['one', 'two'])
const untilSick = 'while ! test -e /sick; do sleep 1; done; exit 1'
const healthcheck = 'healthcheck: {test: ["CMD", "test", "!", "-e", "/sick"], interval: 1s, retries: 1}'
const unseen: Answers = { monitor: 0 }
const abandoned: Answers = { monitor: 7, aliveAfterMonitor: 2, stop: 0, aliveAfterStop: 2 }

const rows: readonly Row[] = [
  {
    name: 'one of two services dead',
    yaml: two,
    fault: async trial => void (await trial.engine.docker(['kill', await trial.container('two')])),
    must: { monitor: 1, reason: /service two exited with code 137/ },
    rival: { v2: unseen, v1: 'right' },
  },
  {
    name: 'a service paused',
    yaml: two,
    fault: async trial => void (await trial.engine.docker(['pause', await trial.container('two')])),
    must: { monitor: 1, reason: /service two is paused/ },
    rival: { v2: unseen, v1: unseen },
  },
  {
    name: 'a service that crashes again and again',
    yaml: `services:\n${service('one')}${service('two', 'restart: always', untilSick)}`,
    fault: trial => makeSick(trial, 2500),
    must: { monitor: 1, reason: /service two exited with code 1/ },
    // Restarting, the container shows State.Running as true.
    rival: { v2: unseen, v1: unseen },
  },
  {
    name: 'a service unhealthy',
    yaml: `services:\n${service('one')}${service('two', healthcheck)}`,
    fault: trial => makeSick(trial, 3500),
    must: { monitor: 1, reason: /service two is unhealthy/ },
    rival: { v2: unseen, v1: unseen },
  },
  {
    name: 'a one-shot that ended well',
    yaml: `services:\n${service('one')}${service('init', '', 'exit 0')}`,
    parameters: { one_shots: 'init' },
    must: { monitor: 0, reason: /^$/ },
    rival: { v2: 'right', v1: { monitor: 1 } },
  },
  {
    name: 'the directory gone',
    yaml: two,
    fault: async trial => rmSync(trial.folder, { recursive: true }),
    must: { monitor: 0, reason: /^$/ },
    rival: { v2: abandoned, v1: { monitor: 7, aliveAfterMonitor: 0 } },
  },
  {
    name: 'the YAML broken',
    yaml: two,
    fault: async trial => trial.write('services: [unclosed'),
    must: { monitor: 0, reason: /^$/ },
    rival: { v2: abandoned, v1: { monitor: 7 } },
  },
  {
    name: 'a service taken out of the YAML',
    yaml: two,
    fault: async trial => trial.write(sleepers(['one'])),
    must: { monitor: 0, reason: /^$/ },
    rival: { v2: { monitor: 0, stop: 0, aliveAfterStop: 1 }, v1: 'right' },
  },
  {
    name: 'dockerd dead, containers alive',
    yaml: two,
    engineFault: engine => engine.kill(),
    must: { monitor: 1, reason: /2 containers live on without it/ },
    rival: { v2: abandoned, v1: abandoned },
  },
  {
    name: 'dockerd hung',
    yaml: two,
    engineFault: async engine => engine.hang(),
    must: { monitor: 1, reason: /no answer .* containers live on without it/ },
    rival: { v2: { monitor: 'hangs' }, v1: { monitor: 'hangs' } },
  },
  {
    name: 'the power cut, and back after the others took over',
    yaml: sleepers(['one', 'two'], 'restart: always'),
    engineFault: async engine => {
      await engine.restart()
      await sleep(2000)
    },
    must: { monitor: 7, reason: /^$/ },
    rival: { v2: { monitor: 0, aliveAfterMonitor: 2 }, v1: { monitor: 0, aliveAfterMonitor: 2 } },
  },
]

async function makeSick(trial: Trial, untilSeenMs: number): Promise<void> {
  await trial.engine.docker(['exec', await trial.container('two'), 'touch', '/sick'])
  await sleep(untilSeenMs)
}

interface Column {
  readonly version: EngineVersion
  readonly compose: ComposeVersion
  readonly rival: 'v1' | 'v2'
}

const columns: readonly Column[] = [
  { version: 'oldest', compose: 'v1', rival: 'v1' },
  { version: 'oldest', compose: 'v2-oldest', rival: 'v2' },
  { version: 'newest', compose: 'v2-newest', rival: 'v2' },
]
const engines = new Map<Column, Engine>()
const table: string[][] = []

beforeAll(async () => {
  await installEnginePackages()
  await installRivalAgents()
  for (const column of columns) {
    const name = `rows-${column.version}-${column.rival}-${process.pid}`
    engines.set(column, await startStockedEngine({ name, version: column.version }, QUICK_IMAGES))
  }
})
afterAll(async () => {
  for (const engine of engines.values()) await engine.stop()
})

/** The columns beside each other: most of a row is waiting. */
test.each(rows)('$name: we are right on every engine, and the rival is not', async row => {
  const asked = columns.filter(column => row.rival[column.rival] !== undefined)
  const cells = await Promise.all(asked.map(column => compare(row, column)))
  asked.forEach((column, at) => {
    const cell = cells[at]
    expect(cell?.ours, `${column.version} engine, compose ${column.compose}`).toEqual({
      monitor: row.must.monitor,
      timedOut: false,
      reason: expect.stringMatching(row.must.reason),
      stop: 0,
      aliveAfterStop: 0,
    })
    const expected = row.rival[column.rival] ?? 'right'
    if (expected === 'right') return
    expect(cell?.rival, `rival, ${column.version} engine, compose ${column.compose}`).toMatchObject(expected)
  })
})

/** Ours and the rival on one engine, befallen by the same fault. */
async function compare(row: Row, column: Column) {
  const engine = engines.get(column)
  if (engine === undefined) throw new Error(`no engine for compose ${column.compose}`)
  const ours = new Trial(engine, column.compose, row.yaml, row.parameters)
  const rival = new Trial(engine, column.compose, row.yaml)
  try {
    const starts = await Promise.all([ours.ours('start'), rival.rival('start')])
    expect(
      starts.map(start => start.code),
      starts[0]?.stderr,
    ).toEqual([0, 0])
    await Promise.all([row.fault?.(ours), row.fault?.(rival)])
    await row.engineFault?.(engine)
    const expected = row.rival[column.rival] ?? 'right'
    const limit = expected !== 'right' && expected.monitor === 'hangs' ? 8000 : 60_000
    const [monitor, rivalMonitor] = await Promise.all([
      ours.ours('monitor', { timeoutMs: 30_000 }),
      rival.rival('monitor', limit),
    ])
    const aliveAfterMonitor = rival.alive()
    const [stop, rivalStop] = await Promise.all([
      ours.ours('stop'),
      rivalMonitor.timedOut ? undefined : rival.rival('stop'),
    ])
    const aliveAfterStop = ours.alive()
    const answers: Answers = {
      monitor: rivalMonitor.timedOut ? 'hangs' : rivalMonitor.code,
      aliveAfterMonitor,
      ...(rivalStop === undefined ? {} : { stop: rivalStop.code, aliveAfterStop: rival.alive() }),
    }
    const isRight = answers.monitor === row.must.monitor && answers.stop === 0 && answers.aliveAfterStop === 0
    const mine = `monitor ${monitor.code}, stop ${stop.code}, ${aliveAfterStop} alive`
    const theirs = `${told(answers)}${isRight ? ' (right)' : ''}`
    const must = `monitor ${row.must.monitor}, stop 0, 0 alive`
    table.push([column.version, column.compose, row.name, mine, theirs, must])
    const { code, timedOut, reason } = monitor
    return { ours: { monitor: code, timedOut, reason, stop: stop.code, aliveAfterStop }, rival: answers }
  } finally {
    engine.resume()
    await engine.start()
    await ours.clear()
    await rival.clear()
  }
}

function told({ monitor, aliveAfterMonitor, stop, aliveAfterStop }: Answers): string {
  const afterwards = stop === undefined ? '' : `, stop ${stop}, ${aliveAfterStop} alive`
  return `monitor ${monitor}, ${aliveAfterMonitor} alive${afterwards}`
}

afterAll(() => {
  const header = [
    'engine',
    'compose',
    'case',
    'ocf:haha:compose-stack',
    'heartbeat:docker-compose',
    'must be',
  ]
  const all = [header, ...table]
  const widths = header.map((_, cell) => Math.max(...all.map(cells => cells[cell]?.length ?? 0)))
  const lines = all.map(cells => cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | '))
  console.log(['', ...lines].join('\n'))
})
