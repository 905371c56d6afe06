import { rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
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
    rival: { v2: unseen },
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
    rival: { v2: { monitor: 'hangs' } },
  },
]

async function makeSick(trial: Trial, untilSeenMs: number): Promise<void> {
  await trial.engine.docker(['exec', await trial.container('two'), 'touch', '/sick'])
  await new Promise(resolve => setTimeout(resolve, untilSeenMs))
}

const columns: readonly { engine: EngineVersion; compose: ComposeVersion; rival: 'v1' | 'v2' }[] = [
  { engine: 'oldest', compose: 'v1', rival: 'v1' },
  { engine: 'oldest', compose: 'v2-oldest', rival: 'v2' },
  { engine: 'newest', compose: 'v2-newest', rival: 'v2' },
]
const table: string[][] = []

describe.each(columns)('on the $engine engine with compose $compose', column => {
  let engine: Engine
  let ours: Trial | undefined
  let rival: Trial | undefined

  beforeAll(async () => {
    await installEnginePackages()
    await installRivalAgents()
    const name = `rows-${column.engine}-${column.rival}`
    engine = await startStockedEngine({ name, version: column.engine }, QUICK_IMAGES)
  })
  afterAll(() => engine?.stop())
  afterEach(async () => {
    engine.resume()
    await engine.start()
    await ours?.clear()
    await rival?.clear()
  })

  test.each(rows.filter(row => row.rival[column.rival] !== undefined))('$name', async row => {
    ours = new Trial(engine, column.compose, row.yaml, row.parameters)
    rival = new Trial(engine, column.compose, row.yaml)
    const starts = await Promise.all([ours.ours('start'), rival.rival('start')])
    expect(starts.map(start => start.code)).toEqual([0, 0])
    await Promise.all([row.fault?.(ours), row.fault?.(rival)])
    await row.engineFault?.(engine)

    const expected = row.rival[column.rival] ?? 'right'
    const limit = expected !== 'right' && expected.monitor === 'hangs' ? 8000 : 60_000
    const [monitor, rivalMonitor] = await Promise.all([
      ours.ours('monitor', { timeoutMs: 30_000 }),
      rival.rival('monitor', limit),
    ])
    const aliveAfterMonitor = rival.alive()
    expect(monitor).toMatchObject({
      code: row.must.monitor,
      timedOut: false,
      reason: expect.stringMatching(row.must.reason),
    })
    const [stop, rivalStop] = await Promise.all([
      ours.ours('stop'),
      rivalMonitor.timedOut ? undefined : rival.rival('stop'),
    ])
    expect(stop.code).toBe(0)
    expect(ours.alive()).toBe(0)

    const answers: Answers = {
      monitor: rivalMonitor.timedOut ? 'hangs' : rivalMonitor.code,
      aliveAfterMonitor,
      ...(rivalStop === undefined ? {} : { stop: rivalStop.code, aliveAfterStop: rival.alive() }),
    }
    const isRight = answers.monitor === row.must.monitor && answers.stop === 0 && answers.aliveAfterStop === 0
    const must = `monitor ${row.must.monitor}, stop 0, 0 alive`
    const mine = `monitor ${monitor.code}, stop ${stop.code}, ${ours.alive()} alive`
    const theirs = `${told(answers)}${isRight ? ' (right)' : ''}`
    table.push([column.engine, column.compose, row.name, mine, theirs, must])
    if (expected !== 'right') expect(answers).toMatchObject(expected)
  })
})

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
