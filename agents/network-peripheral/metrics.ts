import { sinceBootMs } from '../../lib/host/clock.ts'
import { gauge, type Sample, sample } from '../../lib/metrics/metric.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { isDownForAll } from './consensus.ts'
import type { Settings } from './parameters.ts'
import { readRecord } from './record.ts'
import { recoveryOf } from './recovery-memory.ts'
import { owesPower } from './recovery-state.ts'

export const peripheralMetrics = {
  answers: gauge(
    'haha_peripheral_answers',
    '1 when enough targets answered this node at its last look.',
    'peripheral',
  ),
  reachable: gauge(
    'haha_peripheral_reachable',
    '0 when other nodes reach the peripheral and this one does not: what constraints are told.',
    'peripheral',
  ),
  downForAll: gauge(
    'haha_peripheral_down_for_all',
    '1 when no node that watches it gets an answer.',
    'peripheral',
  ),
  hung: gauge(
    'haha_peripheral_radio_hung',
    '1 when the radio behind a live port answers nothing.',
    'peripheral',
  ),
  silence: gauge(
    'haha_peripheral_radio_silence_seconds',
    "Since when no byte came on Zigbee2MQTT's connection, on the node that has it.",
    'peripheral',
  ),
  powerCycles: gauge(
    'haha_peripheral_power_cycles',
    'Power-cycles begun in the last 24 hours, by any node.',
    'peripheral',
  ),
  powerOwed: gauge(
    'haha_peripheral_power_owed',
    '1 while its power is off and has to be switched on again.',
    'peripheral',
  ),
} as const

const daySeconds = 86_400

/** What the last look left in this node's record. */
export function samples({ recorded, settings }: Action<Settings>): readonly Sample[] {
  const record = readRecord(recorded)
  if (record === undefined) return []
  const { consensus, session, hung } = record
  const which = { peripheral: settings.name }
  const recovery = recoveryOf(record.recovery)
  const now = Date.now() / 1000
  const told = [
    sample(peripheralMetrics.answers, consensus.failures === 0, which),
    sample(peripheralMetrics.reachable, consensus.published, which),
    sample(peripheralMetrics.downForAll, isDownForAll(consensus, settings), which),
    sample(
      peripheralMetrics.powerCycles,
      recovery.history.filter(at => Math.abs(now - at) < daySeconds).length,
      which,
    ),
    sample(peripheralMetrics.powerOwed, owesPower(recovery), which),
  ]
  if (settings.session !== undefined) told.push(sample(peripheralMetrics.hung, hung, which))
  if (session.watch !== undefined)
    told.push(sample(peripheralMetrics.silence, (sinceBootMs() - session.watch.heardAtMs) / 1000, which))
  return told
}
