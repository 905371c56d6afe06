import { sinceBootMs } from '../../lib/host/clock.ts'
import { processState, type RecordedProcess } from '../../lib/host/processes.ts'
import { HttpFailure } from '../../lib/net/http-failure.ts'
import type { Action, DegradedReason } from '../../lib/ocf/agent.ts'
import { durationText } from '../../lib/ocf/duration.ts'
import { oneLine } from '../../lib/ocf/exit-reason.ts'
import { type Generation, type LoadedModel, makeTokens, ServerRefusal } from './api.ts'
import type { Settings } from './parameters.ts'
import { type Progress, watchProgress } from './progress.ts'
import { changeRecord, readRecord } from './record.ts'
import { runnersOf } from './runners.ts'
import { slowness, timedTokens } from './speed.ts'

/** What became of the token. */
export interface TokenVerdict {
  readonly failed: string | undefined
  readonly faults: readonly DegradedReason[]
}

const fine: TokenVerdict = { failed: undefined, faults: [] }

/** Has a loaded model make one token, or as many as it takes to time it. */
export async function lookAtToken(
  action: Action<Settings>,
  main: RecordedProcess,
  model: LoadedModel,
): Promise<TokenVerdict> {
  const { settings, recorded, countFailure } = action
  const contextLength = model.contextLength ?? settings.numCtx
  if (contextLength === undefined) {
    const reason = 'no token asked for: this Ollama does not tell the context length, set num_ctx'
    return { failed: undefined, faults: [{ key: 'no_token', reason }] }
  }
  const answer = await askToken(action, main, { ...model, contextLength })
  if (typeof answer === 'string') {
    const { counts } = countFailure('token', { ok: false, damped: true }, settings.inferFailCount)
    return counts ? { failed: answer, faults: [] } : fine
  }
  countFailure('token', { ok: true, damped: true }, settings.inferFailCount)
  if (answer === undefined) return fine
  changeRecord(recorded, { busySinceMs: undefined })
  return speed(action, model, answer)
}

/** The generation; undefined: the runner is busy; a text: what is wrong. */
async function askToken(
  action: Action<Settings>,
  main: RecordedProcess,
  model: LoadedModel,
): Promise<Generation | undefined | string> {
  const { address, inferTimeoutMs, minTokensPerSec } = action.settings
  const tokens = minTokensPerSec > 0 ? timedTokens : 1
  for (let attempt = 1; ; attempt += 1) {
    action.deadline.waitFor(`a token of ${model.name}`)
    // Half of what is left: telling busy from hung takes time as well.
    const limitMs = Math.min(inferTimeoutMs, action.deadline.remainingMs() / 2)
    try {
      return await makeTokens(address, model, tokens, limitMs)
    } catch (cause) {
      if (cause instanceof ServerRefusal && cause.status !== 503)
        return `no token of ${model.name}: ${oneLine(cause.detail, 120)}`
      if (!(cause instanceof HttpFailure || cause instanceof ServerRefusal)) throw cause
      if (cause instanceof HttpFailure && cause.kind !== 'timeout') return `no token: ${cause.message}`
    }
    const verdict = await busyOrHung(action, main, model, limitMs)
    // What it was busy with ended in that very moment: it is asked once more.
    if (verdict !== 'idle') return verdict
    if (attempt === 2)
      return `no token of ${model.name} within ${limitMs / 1000} s, and its runner has nothing to do`
  }
}

async function busyOrHung(
  action: Action<Settings>,
  main: RecordedProcess,
  model: LoadedModel,
  limitMs: number,
): Promise<'idle' | undefined | string> {
  const { recorded, settings } = action
  const runners = runnersOf(main)
  const watched = await Promise.all(
    runners.map(async runner => ({ runner, progress: await watchProgress(runner) })),
  )
  const has = (progress: Progress) => watched.some(one => one.progress === progress)
  if (has('proved')) {
    changeRecord(recorded, { busySinceMs: undefined })
    return undefined
  }
  if (has('believed')) {
    const since = readRecord(recorded).busySinceMs ?? sinceBootMs()
    changeRecord(recorded, { busySinceMs: since })
    if (sinceBootMs() - since < settings.busyLimitMs) return undefined
    return `the runner of ${model.name} uses processor time and made no token for ${durationText(settings.busyLimitMs)} (busy_limit)`
  }
  if (has('idle')) return 'idle'
  const [hung] = runners
  const state = hung === undefined ? undefined : processState(hung.pid)
  const how =
    state === 'D' ? ', in uninterruptible sleep: its GPU hangs' : state === 'T' ? ', stopped by a signal' : ''
  return hung === undefined
    ? `no token of ${model.name}: it has no runner`
    : `runner pid ${hung.pid} hangs${how}: no token of ${model.name} within ${limitMs / 1000} s and no progress`
}

function speed(action: Action<Settings>, model: LoadedModel, generation: Generation): TokenVerdict {
  const { minTokensPerSec, inferFailCount } = action.settings
  if (minTokensPerSec === 0) return fine
  const slow = slowness(model, generation, minTokensPerSec)
  const outcome = { ok: slow === undefined, damped: true }
  return action.countFailure('speed', outcome, inferFailCount).counts ? { failed: slow, faults: [] } : fine
}
