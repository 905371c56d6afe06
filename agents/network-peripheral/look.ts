import { pause } from '../../lib/host/clock.ts'
import type { Action, DegradedReason, Glance, Observation } from '../../lib/ocf/agent.ts'
import type { Settings } from './parameters.ts'
import { lookAtRadio } from './radio.ts'
import { tellReach } from './reach.ts'
import { readRecord, rememberRecord, type WatchRecord } from './record.ts'
import { type Asked, askTargets } from './round.ts'

/** Looks at the peripheral. Whatever is wrong with it is degraded: this agent runs, and moving cures nothing. */
export async function lookAtPeripheral(action: Action<Settings>, glance: Glance): Promise<Observation> {
  const record = readRecord(action.recorded)
  if (record === undefined || glance.purpose === 'stop') return { state: 'stopped' }
  if (glance.purpose === 'probe') return { state: 'running' }
  if (glance.purpose === 'monitor') await pause(jitterMs(action.invocation.node ?? ''))
  const found = await lookAround(action, glance, record)
  rememberRecord(action, found.record)
  return conclude(action, found.faults)
}

interface Found {
  readonly record: WatchRecord
  readonly faults: readonly DegradedReason[]
}

async function lookAround(action: Action<Settings>, glance: Glance, before: WatchRecord): Promise<Found> {
  const round = askTargets(action.settings, before.addresses, action.deadline)
  action.deadline.waitFor('the answers of the targets')
  const reach = await tellReach(action, before, await round.up)
  const radio = await lookAtRadio(action, glance, reach.record)
  const silent = (await round.all).flatMap(silence)
  return { record: radio.record, faults: [...radio.faults, ...reach.faults, ...silent] }
}

function silence({ target, answer }: Asked): DegradedReason[] {
  if (answer.up) return []
  return [{ key: `target_${target.url.replace(/[^A-Za-z0-9.]+/g, '_')}`, reason: answer.detail }]
}

function conclude({ settings, report }: Action<Settings>, faults: readonly DegradedReason[]): Observation {
  if (faults.length === 0) return { state: 'running' }
  if (settings.tellsDegraded) return { state: 'degraded', faults }
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
