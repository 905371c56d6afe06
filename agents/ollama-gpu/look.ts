import type { RecordedProcess } from '../../lib/host/processes.ts'
import { HttpFailure } from '../../lib/net/http-failure.ts'
import type { Action, Glance, Observation } from '../../lib/ocf/agent.ts'
import { askVersion, listLoaded, ServerRefusal } from './api.ts'
import { lookAtGpu, withCleanup } from './gpu.ts'
import { describeLeft } from './identity.ts'
import { lookAtToken } from './inference.ts'
import { keeperOf } from './keepers.ts'
import { memoryFault } from './memory.ts'
import { judgeModels } from './models.ts'
import type { Settings } from './parameters.ts'

/** Longest wait for an answer that a healthy server gives in a millisecond. */
const answerMs = 5000

/** Time-outs of plain HTTP in a row that count. */
const httpFailures = 2

/** Process and HTTP at every depth; from depth 10 the model, the GPU and the host; at 20 a token. */
export async function lookAtServer(action: Action<Settings>, glance: Glance): Promise<Observation> {
  const found = await keeperOf(action.settings).find(action, glance.purpose)
  if (found.kind === 'unknown') return { state: 'unknown', reason: found.reason }
  if (found.kind === 'down') {
    return found.left.length === 0
      ? { state: 'stopped' }
      : { state: 'failed', reason: describeLeft(found.left) }
  }
  if (glance.purpose === 'stop') return { state: 'failed', reason: `server pid ${found.main.pid} still runs` }
  if (glance.purpose === 'probe') return { state: 'running' }
  const silence = await asked(action, glance, () => askVersion(action.settings.address, limitMs(action)))
  if (typeof silence !== 'string') return silence
  return glance.depth === 0 && glance.purpose === 'monitor'
    ? { state: 'running' }
    : await lookDeeper(action, glance, found.main)
}

async function lookDeeper(
  action: Action<Settings>,
  glance: Glance,
  main: RecordedProcess,
): Promise<Observation> {
  const { address, model, minFreeMemoryMb } = action.settings
  const { broken, faults } = await lookAtGpu(action)
  if (broken !== undefined) return { state: 'failed', reason: withCleanup(action, broken), hopeless: true }
  const loaded = await asked(action, glance, () => listLoaded(address, limitMs(action)))
  if ('state' in loaded) return loaded
  const wrong = judgeModels(action, glance, main, loaded)
  if (wrong !== undefined) return wrong
  const all = [...faults]
  const memory = memoryFault(minFreeMemoryMb)
  if (memory !== undefined) all.push({ key: 'host_memory', reason: memory })
  const watched = loaded.find(({ name }) => model === undefined || name === model)
  if (glance.depth === 20 && glance.purpose === 'monitor' && watched !== undefined) {
    const token = await lookAtToken(action, main, watched)
    if (token.failed !== undefined) return { state: 'failed', reason: token.failed }
    all.push(...token.faults)
  }
  return all.length === 0 ? { state: 'running' } : { state: 'degraded', faults: all }
}

function limitMs({ deadline }: Action<Settings>): number {
  return Math.min(answerMs, deadline.remainingMs() / 2)
}

/** What the server said, or what its silence means. Damped silence is no failure yet. */
async function asked<T>(
  action: Action<Settings>,
  glance: Glance,
  question: () => Promise<T>,
): Promise<T | Observation> {
  try {
    const answer = await question()
    if (glance.purpose === 'monitor') action.countFailure('http', { ok: true, damped: true }, httpFailures)
    return answer
  } catch (cause) {
    if (!(cause instanceof HttpFailure || cause instanceof ServerRefusal)) throw cause
    const damped = cause instanceof HttpFailure ? cause.kind === 'timeout' : cause.status >= 500
    const refused = cause instanceof HttpFailure && cause.kind === 'refused'
    if (glance.purpose === 'start')
      return damped || refused
        ? { state: 'starting', reason: cause.message }
        : { state: 'failed', reason: cause.message, hopeless: true }
    const { counts } = action.countFailure('http', { ok: false, damped }, httpFailures)
    return counts
      ? { state: 'failed', reason: `the server lives, but ${cause.message}` }
      : { state: 'running' }
  }
}
