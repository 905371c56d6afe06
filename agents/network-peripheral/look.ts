import { pause } from '../../lib/host/clock.ts'
import type { Action, Cure, DegradedReason, Glance, Observation } from '../../lib/ocf/agent.ts'
import type { Settings } from './parameters.ts'
import { lookAtRadio } from './radio.ts'
import { tellReach } from './reach.ts'
import { readRecord, rememberRecord } from './record.ts'
import { cureOfHang, goOnRecovering, payWhatIsOwed, recovers } from './recovery.ts'
import { recoveryOf } from './recovery-memory.ts'
import { owesPower } from './recovery-state.ts'
import { type Asked, askTargets } from './round.ts'

/** Looks at the peripheral. Whatever is wrong with it is degraded: this agent runs, and moving cures nothing. */
export async function lookAtPeripheral(action: Action<Settings>, glance: Glance): Promise<Observation> {
  const record = readRecord(action.recorded)
  if (record === undefined) return { state: 'stopped' }
  if (glance.purpose === 'stop')
    return owesPower(recoveryOf(record.recovery)) && recovers(action)
      ? { state: 'failed', reason: `the power of ${action.settings.name} is off and an ON is owed` }
      : { state: 'stopped' }
  if (glance.purpose === 'probe') return { state: 'running' }
  if (glance.purpose === 'monitor') await pause(jitterMs(action.invocation.node ?? ''))
  return await lookAround(action, glance)
}

async function lookAround(action: Action<Settings>, glance: Glance): Promise<Observation> {
  const { recovery, fault } = await payWhatIsOwed(action)
  const before = readRecord(action.recorded)
  if (before === undefined) return { state: 'stopped' }
  const round = askTargets(action.settings, before.addresses, action.deadline)
  action.deadline.waitFor('the answers of the targets')
  const up = await round.up
  const reach = await tellReach(action, before, up)
  const radio = await lookAtRadio(action, glance, reach.record)
  const silent = (await round.all).flatMap(complaint)
  rememberRecord(action, radio.record)
  const gone = await goOnRecovering(action, { recovery, up: up === true, answers: radio.answers })
  const cure = radio.hung && glance.purpose === 'monitor' ? cureOfHang(action) : undefined
  const first = fault === undefined ? [...radio.faults, ...gone] : [fault, ...radio.faults]
  const refused = cure !== undefined && 'fault' in cure && first.every(({ key }) => key !== 'recovery')
  const faults = [...first, ...(refused ? [cure.fault] : []), ...reach.faults, ...silent]
  return conclude(action, faults, cure !== undefined && 'cure' in cure ? cure.cure : undefined)
}

function complaint({ target, answer }: Asked): DegradedReason[] {
  const reason = answer.up ? answer.doubt : answer.detail
  if (reason === undefined) return []
  return [{ key: `target_${target.url.replace(/[^A-Za-z0-9.]+/g, '_')}`, reason }]
}

function conclude(
  { settings, report }: Action<Settings>,
  faults: readonly DegradedReason[],
  cure: Cure | undefined,
): Observation {
  if (faults.length === 0) return { state: 'running' }
  if (settings.tellsDegraded || cure !== undefined)
    return { state: 'degraded', faults, ...(cure === undefined ? {} : { cure }) }
  for (const { reason } of faults) report.info(reason)
  return { state: 'running' }
}

/** Nodes that were started together do not all probe at once: a small device has few sockets. */
const longestJitterMs = 500

/** A node's own delay, by its name (FNV-1a). */
export function jitterMs(node: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < node.length; index += 1)
    hash = Math.imul(hash ^ node.charCodeAt(index), 0x01000193) >>> 0
  return hash % longestJitterMs
}
