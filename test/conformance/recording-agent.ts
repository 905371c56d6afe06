import { pause } from '../../lib/host/clock.ts'
import { endProcess } from '../../lib/host/end-process.ts'
import { askPath } from '../../lib/host/hung-path.ts'
import type { Action, Agent, Observation } from '../../lib/ocf/agent.ts'
import { definition, directory, patience, startDelay, weight } from './recording-agent/definition.ts'
import { launch, lifeOf, recordedService } from './recording-agent/service.ts'

/** The parameters of one run. */
interface Settings {
  readonly directory: string
  readonly startDelayMs: number
  readonly weight: number
  readonly patienceMs: number
}

/** How long the folder may take to answer. */
const patienceMs = 700

/**
 * An agent whose service is known by its record alone, which is written before the service's first
 * instruction. Files in its folder play what goes wrong: `starting`, `degraded`, `failed`, `curable`,
 * `hopeless`, `unknown` say what it sees, `hang-look`, `hang-start`, `hang-stop` where it waits for ever. The
 * folder itself may hang, and at weight 0 nothing is ever known. With `throw` its look breaks, with `break-look` where nobody can catch it.
 */
export const agent: Agent<Settings> = {
  definition,
  settings: read => ({
    directory: read(directory),
    startDelayMs: read(startDelay),
    weight: read(weight),
    patienceMs: read(patience),
  }),
  contradictions: settings =>
    settings.weight === 10 && settings.startDelayMs > 0
      ? [{ kind: 'configuration', text: 'weight: 10 allows no start_delay (example: weight=9)' }]
      : [],
  async checkHost({ settings }) {
    const folder = await askPath({ kind: 'stat', path: settings.directory }, patienceMs)
    if (folder.kind === 'hung')
      return [{ kind: 'passing', text: `directory: ${settings.directory} gives no answer` }]
    return folder.kind === 'ok' && folder.type === 'directory'
      ? []
      : [{ kind: 'host', text: `directory: ${settings.directory} is no folder on this node` }]
  },
  look,
  async start(action) {
    await hang(action, 'hang-start')
    await end(action, 1000)
    await launch(action.settings.directory, action.settings.startDelayMs, ({ pid, startTime }) =>
      action.recorded.save({ pid, startTime }),
    )
  },
  async stop(action) {
    await hang(action, 'hang-stop')
    await end(action, 700)
  },
  forceStop: action => end(action, 0),
  async reload({ settings, report }) {
    report.info(`weight is now ${settings.weight}`)
  },
}

async function look(action: Action<Settings>): Promise<Observation> {
  const service = recordedService(action.recorded.read())
  const life = service === undefined ? 'none' : lifeOf(service)
  const unknown: Observation = { state: 'unknown', reason: 'nobody can tell whether it runs' }
  if (action.settings.weight === 0) return unknown
  if (life === 'none') return { state: 'stopped' }
  if (life === 'remains') return { state: 'failed', reason: 'its main process is gone, others are left' }
  await hang(action, 'hang-look')
  const files = await filesOf(action)
  if (files === undefined) return { state: 'unknown', reason: `${action.settings.directory} gives no answer` }
  if (files.includes('break-look')) {
    setTimeout(() => {
      throw new Error('late error\nin two lines')
    })
    await pause(5000)
  }
  if (files.includes('throw')) throw new Error('the look itself broke')
  if (files.includes('unknown')) return unknown
  if (files.includes('hopeless')) return { state: 'failed', reason: 'it can never run', hopeless: true }
  if (files.includes('failed')) return { state: 'failed', reason: 'it answers wrongly\nin two lines' }
  if (files.includes('curable')) {
    const shake = {
      key: 'shake',
      purpose: 'a shake',
      limit: 2,
      windowMs: 60_000,
      step: async () => undefined,
    }
    const cure = { ...shake, settleMs: action.settings.patienceMs }
    return { state: 'failed', reason: 'it snores', cure }
  }
  if (files.includes('starting') || !files.includes('up')) return { state: 'starting', reason: 'it warms up' }
  if (files.includes('degraded'))
    return { state: 'degraded', faults: [{ key: 'leg', reason: 'one of its two legs is gone' }] }
  return { state: 'running' }
}

async function filesOf(action: Action<Settings>): Promise<readonly string[] | undefined> {
  const answer = await askPath({ kind: 'listDirectory', path: action.settings.directory }, patienceMs)
  return answer.kind === 'ok' ? answer.names : undefined
}

async function hang(action: Action<Settings>, file: string): Promise<void> {
  if ((await filesOf(action))?.includes(file) !== true) return
  action.deadline.waitFor(`the end of ${file}`)
  for (;;) await pause(1000)
}

async function end(action: Action<Settings>, graceMs: number): Promise<void> {
  const service = recordedService(action.recorded.read())
  if (service !== undefined) await endProcess(service, { graceMs, leader: true })
  const up = `${action.settings.directory}/up`
  await action.work.command('tidy up', 'rm', ['-f', '--', up], { timeoutMs: patienceMs })
}
