import { HttpFailure } from '../../lib/net/http-failure.ts'
import type { Action, Glance, Observation } from '../../lib/ocf/agent.ts'
import { askVersion, ServerRefusal } from './api.ts'
import { describeLeft } from './identity.ts'
import { keeperOf } from './keepers.ts'
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
      : { state: 'failed', reason: `the server is gone, ${describeLeft(found.left)}` }
  }
  if (glance.purpose === 'stop') return { state: 'failed', reason: `server pid ${found.main.pid} still runs` }
  if (glance.purpose === 'probe') return { state: 'running' }
  return (await lookAtHttp(action, glance)) ?? { state: 'running' }
}

async function lookAtHttp(action: Action<Settings>, glance: Glance): Promise<Observation | undefined> {
  try {
    await askVersion(action.settings.address, Math.min(answerMs, action.deadline.remainingMs() / 2))
    if (glance.purpose === 'monitor') action.countFailure('http', { ok: true, damped: true }, httpFailures)
    return undefined
  } catch (cause) {
    if (!(cause instanceof HttpFailure || cause instanceof ServerRefusal)) throw cause
    const passing =
      cause instanceof HttpFailure ? ['timeout', 'refused'].includes(cause.kind) : cause.status >= 500
    if (glance.purpose === 'start' && passing) return { state: 'starting', reason: cause.message }
    const damped = cause instanceof HttpFailure ? cause.kind === 'timeout' : cause.status >= 500
    const { counts } = action.countFailure('http', { ok: false, damped }, httpFailures)
    return counts ? { state: 'failed', reason: `the server lives, but ${cause.message}` } : undefined
  }
}
