import { sinceBootMs } from '../../host/clock.ts'
import type { Cure, Observation } from '../agent.ts'
import { attemptCure, type CureOutcome } from '../cures.ts'
import { depthFor } from '../definition.ts'
import { tellDegraded } from '../degraded.ts'
import { ExitCode } from '../exit-codes.ts'
import type { Outcome } from '../outcome.ts'
import type { Run } from '../run.ts'

/**
 * Looks once and answers. A probe never repairs anything; 190 is for recurring monitors under
 * Pacemaker only, because other callers take every non-zero code for a failure.
 */
export async function monitor<Settings>(run: Run<Settings>): Promise<Outcome> {
  const { invocation, report } = run.action
  const purpose = invocation.isProbe ? 'probe' : 'monitor'
  const observation = await run.agent.look(run.action, {
    depth: depthFor(run.agent.definition, invocation.checkLevel),
    purpose,
  })
  const faults = observation.state === 'degraded' ? observation.faults : []
  const knowsFaults = observation.state === 'degraded' || observation.state === 'running'
  if (!invocation.isProbe && knowsFaults) await tellDegraded(faults, invocation, run.file, report)
  return answer(run, observation)
}

async function answer<Settings>(run: Run<Settings>, observation: Observation): Promise<Outcome> {
  const { invocation } = run.action
  switch (observation.state) {
    case 'running':
      return { code: ExitCode.success }
    case 'stopped':
      return { code: ExitCode.notRunning }
    case 'starting':
      return invocation.isProbe || withinStart(run)
        ? { code: ExitCode.success }
        : await failed(run, observation)
    case 'degraded': {
      // The cure of something optional has its own pace; whatever becomes of it, the code is the same.
      const outcome = observation.cure === undefined ? undefined : await cured(run, observation.cure)
      return degraded(run, `${observation.faults[0]?.reason ?? 'degraded'}${noteOf(outcome)}`)
    }
    case 'failed':
      return await failed(run, observation)
    case 'unknown':
      return { code: ExitCode.generic, reason: observation.reason }
  }
}

async function failed<Settings>(
  run: Run<Settings>,
  { reason, cure }: { readonly reason: string; readonly cure?: Cure },
): Promise<Outcome> {
  const outcome = cure === undefined ? undefined : await cured(run, cure)
  if (outcome?.settling === true) return degraded(run, `${reason}; ${outcome.reason}`)
  return { code: ExitCode.generic, reason: `${reason}${noteOf(outcome)}` }
}

/** Why a cure was not taken, or did not work: somebody who reads the reason waits for it otherwise. */
function noteOf(outcome: CureOutcome | undefined): string {
  return outcome === undefined || outcome.settling || outcome.note === '' ? '' : `; ${outcome.note}`
}

function degraded<Settings>(run: Run<Settings>, reason: string): Outcome {
  const { invocation } = run.action
  return !invocation.isProbe && invocation.underPacemaker
    ? { code: ExitCode.degraded, reason }
    : { code: ExitCode.success }
}

function cured<Settings>(run: Run<Settings>, cure: Cure) {
  return attemptCure(cure, run.action.invocation, run.file, run.action.report)
}

/** A service that is still coming up after its start was answered has the rest of start's timeout. */
function withinStart<Settings>(run: Run<Settings>): boolean {
  const { startedAtMs, startTimeoutMs } = run.file.read()
  return startedAtMs !== undefined && sinceBootMs() - startedAtMs < (startTimeoutMs ?? 0)
}
