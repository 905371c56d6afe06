import { sinceBootMs } from '../../lib/host/clock.ts'
import { findBinary } from '../../lib/host/command.ts'
import type { Action, Cure, DegradedReason } from '../../lib/ocf/agent.ts'
import { leaveRequest } from '../../lib/ocf/requests.ts'
import type { Settings } from './parameters.ts'
import { cutOf, switchPower } from './power.ts'
import { readRecord, toJson } from './record.ts'
import { recallRecovery, recordRecovery, recoveryOf } from './recovery-memory.ts'
import {
  begin,
  inPhase,
  mayPay,
  nextPhase,
  noRecovery,
  obstacle,
  owesPower,
  type Recovery,
} from './recovery-state.ts'

/** A day: what recovery_limit counts in. */
const windowMs = 86_400_000

export function recovers({ settings, invocation }: Action<Settings>): boolean {
  return settings.recovery !== 'none' && invocation.underPacemaker && invocation.node !== undefined
}

/**
 * The first thing that any action does: a peripheral whose power was cut gets it back, whoever cut it and
 * whatever became of that. No maintenance or limit keeps it from that.
 *
 * @returns the recovery as it was before this action, and what is still owed
 */
export async function payWhatIsOwed(
  action: Action<Settings>,
): Promise<{ readonly recovery: Recovery; readonly fault?: DegradedReason }> {
  const record = readRecord(action.recorded)
  const node = action.invocation.node
  if (record === undefined || node === undefined || !recovers(action)) return { recovery: noRecovery }
  const { recovery, known } = await recallRecovery(action, record.recovery)
  if (known !== record.recovery) action.recorded.trySave(toJson({ ...record, recovery: known }))
  if (!owesPower(recovery)) return { recovery }
  if (!mayPay(recovery, node, sinceBootMs() - known.sinceMs))
    return { recovery, fault: owed(action, recovery) }
  // The cut itself may be under way still: an action is killed without its children.
  await action.work.endProcesses(0)
  const wrong = await attempt(() => switchPower(action, 'on'))
  if (wrong !== undefined) return { recovery, fault: owed(action, recovery, wrong) }
  action.report.warn(`the power of ${action.settings.name} is on again`)
  await attempt(() => recordRecovery(action, inPhase(recovery, recovery.phase === 'undo' ? 'failed' : 'on')))
  return { recovery }
}

function owed({ settings }: Action<Settings>, { node }: Recovery, wrong?: string): DegradedReason {
  const because = wrong === undefined ? `${node} cut it and switches it on` : wrong
  return { key: 'recovery', reason: `the power of ${settings.name} is OFF: ${because}` }
}

/** What was wrong with a step. */
async function attempt(step: () => Promise<void>): Promise<string | undefined> {
  try {
    await step()
    return undefined
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  }
}

/** What this monitor saw, for the recovery that goes on. */
export interface Seen {
  /** As {@link payWhatIsOwed} found it, so that no monitor takes two steps. */
  readonly recovery: Recovery
  readonly up: boolean
  readonly answers: boolean
}

/** Waits for the device, asks for its service, and tells how it ended: one step a monitor. */
export async function goOnRecovering(
  action: Action<Settings>,
  { recovery, up, answers }: Seen,
): Promise<readonly DegradedReason[]> {
  const { settings, invocation, report } = action
  const record = readRecord(action.recorded)
  if (record === undefined || !recovers(action) || recovery.serial === 0) return []
  const { name, recoveryService } = settings
  const ageMs = sinceBootMs() - record.recovery.sinceMs
  const isSame = recoveryOf(record.recovery).serial === recovery.serial
  const next = isSame ? nextPhase(recovery, { node: invocation.node ?? '', ageMs, up, answers }) : undefined
  if (next !== undefined) {
    const unrecorded = await attempt(() => recordRecovery(action, inPhase(recovery, next)))
    if (unrecorded !== undefined)
      return [{ key: 'recovery', reason: `recovery of ${name} waits: ${unrecorded}` }]
  }
  if (next === 'restart' && recoveryService !== undefined) {
    const { resource, service } = recoveryService
    leaveRequest('compose-stack', resource, service, `the power of ${name} was cycled`)
    report.info(`${resource} is asked to restart ${service}`)
  }
  const phase = next ?? recovery.phase
  if (next === 'done') report.warn(`the radio of ${name} answers again after its power-cycle`)
  if (phase === 'failed')
    return [
      { key: 'recovery_failed', reason: `the power-cycle of ${name} did not help: look at it yourself` },
    ]
  return phase === 'on' || phase === 'restart'
    ? [{ key: 'recovery', reason: `${name} was power-cycled, and is waited for (${phase})` }]
    : []
}

/** The cure of a hung radio, or why there is none now. */
export function cureOfHang(
  action: Action<Settings>,
): { readonly cure: Cure } | { readonly fault: DegradedReason } | undefined {
  const { settings, invocation } = action
  const record = readRecord(action.recorded)
  const node = invocation.node
  if (record === undefined || node === undefined || !recovers(action)) return undefined
  const recovery = recoveryOf(record.recovery)
  const because =
    findBinary('fence_homelab') === undefined
      ? 'fence_homelab is not installed on this node'
      : obstacle(recovery, nowSeconds(), sinceBootMs() - record.recovery.sinceMs, settings)
  if (because !== undefined)
    return { fault: { key: 'no_recovery', reason: `no power-cycle of ${settings.name}: ${because}` } }
  return {
    cure: {
      key: 'recovery',
      purpose: `power-cycle of ${settings.name}`,
      limit: settings.recoveryLimit,
      windowMs,
      settleMs: settings.recoveryCooldownMs,
      step: () => cutPower(action, begin(recovery, node, nowSeconds())),
    },
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

async function cutPower(action: Action<Settings>, recovery: Recovery): Promise<void> {
  await recordRecovery(action, recovery)
  const cut = cutOf(action.settings)
  const wrong = await attempt(() => switchPower(action, cut))
  if (wrong !== undefined) {
    // Whatever was done of it, the ON is owed, and the next action pays it.
    action.report.warn(`power-cycle of ${action.settings.name}: ${wrong}`)
    await recordRecovery(action, inPhase(recovery, 'undo'))
    return
  }
  await recordRecovery(action, inPhase(recovery, cut === 'cycle' ? 'on' : 'dark'))
}
