import { sinceBootMs } from '../../lib/host/clock.ts'
import type { Action, DegradedReason } from '../../lib/ocf/agent.ts'
import { durationText } from '../../lib/ocf/duration.ts'
import { endpointText } from './endpoint.ts'
import type { Settings } from './parameters.ts'
import type { WatchRecord } from './record.ts'
import { lookAtSession } from './session.ts'

/** What was found out about the radio behind the port. */
export interface RadioLook {
  readonly record: WatchRecord
  readonly hung: boolean
  /** Data came from it since the last look. */
  readonly answers: boolean
  readonly faults: readonly DegradedReason[]
}

/** Looks at the radio by what Zigbee2MQTT's own connection tells. */
export async function lookAtRadio(action: Action<Settings>, record: WatchRecord): Promise<RadioLook> {
  const { session, name, quietLimitMs } = action.settings
  if (session === undefined) return { record, hung: false, answers: false, faults: [] }
  action.deadline.waitFor('the kernel’s list of connections')
  const { record: seen, verdict, because } = await lookAtSession(action, record.session, record.addresses)
  const faults: DegradedReason[] = []
  const where = endpointText(session)
  const watch = seen.watch
  if (verdict === 'hung')
    faults.push({
      key: 'hung',
      reason: `the radio of ${name} hangs: ${where} takes what Zigbee2MQTT sends and has answered nothing for ${aboutText(sinceBootMs() - (watch?.heardAtMs ?? 0))}; power-cycle it`,
    })
  else if (verdict === 'path-dead')
    faults.push({
      key: 'session',
      reason: `${where} acknowledges nothing on Zigbee2MQTT's connection: network or bridge of ${name} is dead`,
    })
  else if (verdict === 'none')
    faults.push({ key: 'session', reason: `Zigbee2MQTT runs here and is not connected to ${where}` })
  else if (verdict === 'unknown')
    faults.push({ key: 'passive_check', reason: `the radio of ${name} is not watched: ${because}` })
  else if (verdict === 'idle' && watch !== undefined && quietLimitMs > 0) {
    const silentMs = sinceBootMs() - watch.heardAtMs
    if (silentMs >= quietLimitMs)
      faults.push({
        key: 'quiet',
        reason: `${name} and Zigbee2MQTT have been silent for ${aboutText(silentMs)}: nobody knows whether the radio lives`,
      })
  }
  return {
    record: { ...record, session: seen },
    hung: verdict === 'hung',
    answers: verdict === 'answers',
    faults,
  }
}

/** A time as people say it: in the largest unit of which there are at least two. */
function aboutText(ms: number): string {
  const unitMs = [3_600_000, 60_000].find(unit => ms >= 2 * unit) ?? 1000
  return durationText(Math.round(ms / unitMs) * unitMs)
}
