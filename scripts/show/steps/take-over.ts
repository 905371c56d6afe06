import { pause } from '../../../lib/host/clock.ts'
import { until } from '../../drill/waiting.ts'
import { HOUSE_SERVICES } from '../../house/services.ts'
import type { NodeName } from '../../lab/plan.ts'
import { firstOn } from '../presence.ts'
import { failoverPhases } from '../reading.ts'
import type { Stage } from '../stage.ts'
import { evidenceOf, type StepDraft } from '../step-draft.ts'

const START_LIMIT_MS = 90_000
const ANSWER_LIMIT_MS = 120_000
/** The last lines of the logs are read, and the plug's, a moment after the last answer. */
const SETTLE_MS = 500

/** Waits until the stack runs on the heir and every service answers steadily from there. */
export async function awaitTakeOver(stage: Stage, heir: NodeName, faultMs: number): Promise<void> {
  await until(
    `the stack starts on ${heir}`,
    () => firstOn(stage.watcher.log.all, heir, faultMs) !== undefined,
    START_LIMIT_MS,
  )
  const begun = firstOn(stage.watcher.log.all, heir, faultMs)?.fromMs ?? faultMs
  await until(
    `every service answers again from ${heir}`,
    () => stage.client.steady(HOUSE_SERVICES, begun),
    ANSWER_LIMIT_MS,
  )
  await pause(SETTLE_MS)
}

/** Notes the phases of a fail-over that needed fencing, and looks whether they came in the one right order. */
export async function noteFailover(
  stage: Stage,
  draft: StepDraft,
  victim: NodeName,
  heir: NodeName,
): Promise<void> {
  draft.phases = failoverPhases(await evidenceOf(stage), { victim, heir, faultMs: draft.faultMs })
  const { offMs, fencedMs, takeOverMs } = draft.phases
  draft.check(
    `${victim} was read back as off before the cluster counted it as fenced`,
    offMs !== undefined && fencedMs !== undefined && offMs <= fencedMs,
  )
  draft.check(
    `nothing of the stack ran on ${heir} before ${victim} was off`,
    offMs !== undefined && takeOverMs !== undefined && offMs < takeOverMs,
  )
}
