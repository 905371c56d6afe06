import { rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../scripts/engine/engine.ts'
import { installEnginePackages, installRivalAgents } from '../../scripts/engine/host-packages.ts'
import type { ComposeVersion } from '../../scripts/engine/packages.ts'
import { startStockedEngine } from '../../scripts/engine/stocked.ts'
import { QUICK_IMAGES } from './stack.ts'
import { service, sleepers, Trial } from './trial.ts'

/** One row of the table of rivals: what goes wrong, and what each agent must and does answer. */
interface Row {
  readonly name: string
  readonly yaml: string
  readonly parameters?: Readonly<Record<string, string>>
  readonly fault: (trial: Trial) => Promise<void>
  /** What we answer to monitor, and after stop nothing may live. */
  readonly ours: { readonly monitor: number; readonly reason: RegExp }
  /** How the rival fails: wrong codes, and what it leaves alive after its stop. */
  readonly rival: { readonly monitor: number | 'killed'; readonly stop?: number; readonly leftAlive?: number }
}

const two = sleepers(['one', 'two'])

const rows: readonly Row[] = [
  {
    name: 'one of two services dead',
    yaml: two,
    fault: async trial => void (await trial.engine.docker(['kill', await trial.container('two')])),
    ours: { monitor: 1, reason: /service two exited with code 137/ },
    rival: { monitor: 0 },
  },
  {
    name: 'a service paused',
    yaml: two,
    fault: async trial => void (await trial.engine.docker(['pause', await trial.container('two')])),
    ours: { monitor: 1, reason: /service two is paused/ },
    rival: { monitor: 0 },
  },
  {
    name: 'a service unhealthy',
    yaml: `services:\n${service('one')}${service('two', 'healthcheck: {test: ["CMD", "test", "!", "-e", "/sick"], interval: 1s, retries: 1}')}`,
    fault: async trial => {
      await trial.engine.docker(['exec', await trial.container('two'), 'touch', '/sick'])
      await new Promise(resolve => setTimeout(resolve, 3500))
    },
    ours: { monitor: 1, reason: /service two is unhealthy/ },
    rival: { monitor: 0 },
  },
  {
    name: 'the directory gone',
    yaml: two,
    fault: async trial => rmSync(trial.folder, { recursive: true }),
    ours: { monitor: 0, reason: /^$/ },
    rival: { monitor: 7, stop: 0, leftAlive: 2 },
  },
  {
    name: 'the YAML broken',
    yaml: two,
    fault: async trial => trial.write('services: [unclosed'),
    ours: { monitor: 0, reason: /^$/ },
    rival: { monitor: 7, stop: 0, leftAlive: 2 },
  },
  {
    name: 'a service taken out of the YAML',
    yaml: two,
    fault: async trial => trial.write(sleepers(['one'])),
    ours: { monitor: 0, reason: /^$/ },
    rival: { monitor: 0, stop: 0, leftAlive: 1 },
  },
  {
    name: 'dockerd dead, containers alive',
    yaml: two,
    fault: trial => trial.engine.kill(),
    ours: { monitor: 1, reason: /2 containers live on without it/ },
    rival: { monitor: 7, stop: 0, leftAlive: 2 },
  },
  {
    name: 'dockerd hung',
    yaml: two,
    fault: async trial => trial.engine.hang(),
    ours: { monitor: 1, reason: /no answer .* containers live on without it/ },
    rival: { monitor: 'killed' },
  },
]

const seen: string[][] = []

describe.each(['oldest', 'newest'] as const)('on the %s engine', version => {
  let engine: Engine
  let trial: Trial | undefined
  const compose: ComposeVersion = version === 'oldest' ? 'v2-oldest' : 'v2-newest'

  beforeAll(async () => {
    await installEnginePackages()
    await installRivalAgents()
    engine = await startStockedEngine({ name: `rows-${version}`, version }, QUICK_IMAGES)
  })
  afterAll(() => engine.stop())
  afterEach(async () => {
    engine.resume()
    await engine.start()
    await trial?.clear()
    trial = undefined
  })

  test.each(rows)('$name: we see it and stop all of it; the rival does not', async row => {
    trial = new Trial(engine, compose, row.yaml, row.parameters)
    expect((await trial.ours('start')).code).toBe(0)
    await row.fault(trial)
    const ours = await trial.ours('monitor', { timeoutMs: 30_000 })
    expect(ours).toMatchObject({
      code: row.ours.monitor,
      timedOut: false,
      reason: expect.stringMatching(row.ours.reason),
    })
    expect((await trial.ours('stop')).code).toBe(0)
    expect(trial.alive()).toBe(0)
    engine.resume()
    await engine.start()
    await trial.clear()

    trial = new Trial(engine, compose, row.yaml)
    expect((await trial.rival('start')).code).toBe(0)
    await row.fault(trial)
    const monitor = await trial.rival('monitor', row.rival.monitor === 'killed' ? 8000 : 60_000)
    expect(monitor.timedOut ? 'killed' : monitor.code).toBe(row.rival.monitor)
    const told = [`monitor ${monitor.timedOut ? 'hangs' : monitor.code}`]
    if (row.rival.stop !== undefined) {
      const stop = await trial.rival('stop')
      expect({ stop: stop.code, leftAlive: trial.alive() }).toEqual({
        stop: row.rival.stop,
        leftAlive: row.rival.leftAlive,
      })
      told.push(`stop ${stop.code}, ${trial.alive()} left alive`)
    }
    seen.push([version, row.name, `monitor ${ours.code}, stop 0, 0 left alive`, told.join(', ')])
  })
})

afterAll(() => {
  const header = ['engine', 'case', 'ocf:haha:compose-stack', 'ocf:heartbeat:docker-compose']
  console.log(['', header.join(' | '), ...seen.map(cells => cells.join(' | '))].join('\n'))
})
