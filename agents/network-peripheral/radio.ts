import { sinceBootMs } from '../../lib/host/clock.ts'
import type { Action, DegradedReason, Glance } from '../../lib/ocf/agent.ts'
import { durationText } from '../../lib/ocf/duration.ts'
import { type CheckAnswer, checkCoordinator } from './coordinator-check.ts'
import { endpointText } from './endpoint.ts'
import { readSecretLine } from './key-file.ts'
import { hearLog, linesOf } from './log-witness.ts'
import type { Settings } from './parameters.ts'
import type { WatchRecord } from './record.ts'
import { lookAtSession, type SessionLook } from './session.ts'

/** What was found out about the radio behind the port. */
export interface RadioLook {
  readonly record: WatchRecord
  readonly hung: boolean
  /** Data came from it since the last look. */
  readonly answers: boolean
  readonly faults: readonly DegradedReason[]
}

/** A connection seen so long ago says nothing of this node any more. */
const staleMs = 300_000

/** Looks at the radio by what Zigbee2MQTT's own connection tells; the log is asked where one was seen. */
export async function lookAtRadio(
  action: Action<Settings>,
  glance: Glance,
  before: WatchRecord,
): Promise<RadioLook> {
  const { settings, deadline } = action
  if (settings.session === undefined) return { record: before, hung: false, answers: false, faults: [] }
  deadline.waitFor('the list of connections of the kernel')
  let look = await lookAtSession(action, before.session, before.addresses)
  const checked = await checkDeeply(action, glance, before, look)
  if (checked !== undefined) look = await lookAtSession(action, look.record, before.addresses)
  const isHere = isSeenHere(look)
  const log = isHere ? await hearLog(action, before.log) : before.log
  const hung =
    isHere && look.verdict !== 'answers' && (before.hung || isHung(look, checked, log.counts, settings))
  const faults = hung ? [hungFault(settings, look, checked)] : sessionFaults(settings, look, checked)
  return {
    record: { ...before, session: look.record, log, hung },
    hung,
    answers: look.verdict === 'answers',
    faults,
  }
}

function isSeenHere({ verdict, record }: SessionLook): boolean {
  if (verdict !== 'absent') return true
  // Zigbee2MQTT that runs on the host itself and reconnects: between two connections there is none.
  return record.watch !== undefined && sinceBootMs() - record.watch.seenAtMs < staleMs
}

/** At depth 20 the radio is asked through Zigbee2MQTT; undefined when nobody was asked. */
async function checkDeeply(
  action: Action<Settings>,
  { depth, purpose }: Glance,
  { addresses }: WatchRecord,
  { verdict }: SessionLook,
): Promise<CheckAnswer | undefined> {
  const { coordinatorCheck: url, coordinatorCheckPasswordFile, hangMs } = action.settings
  if (depth < 20 || purpose !== 'monitor' || url === undefined || verdict === 'absent') return undefined
  const address = addresses[url.host]
  const password = readSecretLine(coordinatorCheckPasswordFile)
  if (address === undefined) return { kind: 'unknown', because: `${url.host} was not resolved at start` }
  if (password.kind === 'wrong') return { kind: 'unknown', because: password.problem }
  action.deadline.waitFor('the coordinator check of Zigbee2MQTT')
  const limitMs = Math.min(hangMs + 2000, action.deadline.remainingMs() * 0.7)
  return await checkCoordinator(url, address, password.kind === 'key' ? password.text : undefined, limitMs)
}

function isHung(
  { verdict, record: { watch } }: SessionLook,
  checked: CheckAnswer | undefined,
  counts: WatchRecord['log']['counts'],
  { logThreshold }: Settings,
): boolean {
  if (verdict === 'hung') return true
  if (watch === undefined || verdict === 'path-dead') return false
  // Asked for sure, sent for sure, acknowledged, and nothing came back.
  if (checked?.kind === 'radio-silent' || checked?.kind === 'unanswered') return watch.unanswered > 0
  const first = counts[0]
  return first !== undefined && linesOf(counts) >= logThreshold && watch.heardAtMs < first.atMs
}

function hungFault(
  { name, session }: Settings,
  { record: { watch } }: SessionLook,
  checked: CheckAnswer | undefined,
): DegradedReason {
  const where = session === undefined ? name : endpointText(session)
  const said = checked?.kind === 'radio-silent' ? ` (${checked.text})` : ''
  const silence = aboutText(sinceBootMs() - (watch?.heardAtMs ?? 0))
  return {
    key: 'hung',
    reason: `the radio of ${name} hangs: ${where} takes what Zigbee2MQTT sends and has answered nothing for ${silence}${said}: power-cycle it`,
  }
}

function sessionFaults(
  { name, session, quietLimitMs }: Settings,
  { verdict, because = '', record: { watch } }: SessionLook,
  checked: CheckAnswer | undefined,
): DegradedReason[] {
  const where = session === undefined ? name : endpointText(session)
  const faults: DegradedReason[] = []
  if (verdict === 'path-dead')
    faults.push({
      key: 'session',
      reason: `${where} acknowledges nothing on Zigbee2MQTT's connection: network or bridge of ${name} is dead`,
    })
  if (verdict === 'none')
    faults.push({ key: 'session', reason: `Zigbee2MQTT runs here and is not connected to ${where}` })
  if (verdict === 'unknown')
    faults.push({ key: 'passive_check', reason: `the radio of ${name} is not watched: ${because}` })
  const silentMs = verdict === 'idle' && watch !== undefined ? sinceBootMs() - watch.heardAtMs : 0
  if (quietLimitMs > 0 && silentMs >= quietLimitMs)
    faults.push({
      key: 'quiet',
      reason: `${name} and Zigbee2MQTT have been silent for ${aboutText(silentMs)}: nobody knows whether the radio lives; set coordinator_check`,
    })
  if (checked?.kind === 'unknown')
    faults.push({
      key: 'coordinator_check',
      reason: `the radio of ${name} could not be asked: ${checked.because}`,
    })
  if (checked?.kind === 'unanswered')
    faults.push({
      key: 'coordinator_check',
      reason: `Zigbee2MQTT answers no coordinator check on its broker, and its connection to ${where} is no proof of a hang: see its log`,
    })
  return faults
}

/** A time as people say it: in the largest unit of which there are at least two. */
function aboutText(ms: number): string {
  const unitMs = [3_600_000, 60_000].find(unit => ms >= 2 * unit) ?? 1000
  return durationText(Math.round(ms / unitMs) * unitMs)
}
