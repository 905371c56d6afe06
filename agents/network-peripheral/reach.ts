import {
  attributeDaemon,
  readAttribute,
  setAttribute,
  setPrivateAttribute,
} from '../../lib/cluster/attributes.ts'
import { isSameProcess } from '../../lib/host/processes.ts'
import type { Action, DegradedReason } from '../../lib/ocf/agent.ts'
import { lookAttribute } from './attribute-names.ts'
import {
  afterFailure,
  afterSuccess,
  type Consensus,
  isDownForAll,
  outcomeText,
  readOutcomes,
} from './consensus.ts'
import type { Settings } from './parameters.ts'
import type { WatchRecord } from './record.ts'

/**
 * Tells the other nodes this look's outcome, asks them for theirs when it failed, and tells the cluster
 * what follows from it, on change alone.
 *
 * @param up undefined when this node could not ask: then nothing is concluded
 */
export async function tellReach(
  action: Action<Settings>,
  record: WatchRecord,
  up: boolean | undefined,
): Promise<{ readonly record: WatchRecord; readonly faults: readonly DegradedReason[] }> {
  const { invocation, settings, report } = action
  const node = invocation.node
  if (up === undefined || !invocation.underPacemaker || node === undefined) return { record, faults: [] }
  const outcome = outcomeText(up, record.consensus.sequence + 1)
  // Before the peers are asked: it is their evidence, too.
  const unset = await setPrivateAttribute(lookAttribute(settings.name), outcome)
  if (unset !== undefined) report.info(`the other nodes are not told this look: ${unset}`)
  const consensus = up
    ? afterSuccess(record.consensus, settings)
    : await failedLook(action, record.consensus, node)
  const { told, toldTo } = await tellChanges(action, record, consensus)
  const { name } = settings
  const faults: DegradedReason[] = []
  if (isDownForAll(consensus, settings) && !up)
    faults.push({
      key: 'down_for_all',
      reason: `${name} answers no node that watches it: the fault is its own, so nothing is moved`,
    })
  else if (consensus.published === 0)
    faults.push({
      key: 'unreachable_here',
      reason: `${name} answers other nodes and not this one: look at this node's network`,
    })
  return { record: { ...record, consensus, told, toldTo }, faults }
}

async function failedLook(action: Action<Settings>, before: Consensus, node: string): Promise<Consensus> {
  const values = await readAttribute(lookAttribute(action.settings.name))
  if (values === undefined) action.report.info('the attribute daemon does not answer: nothing is moved')
  return afterFailure(before, readOutcomes(values ?? new Map(), node), action.settings)
}

/** @returns what the daemon has taken; what it has not is told again at the next monitor */
async function tellChanges(
  { settings, report }: Action<Settings>,
  { told, toldTo }: WatchRecord,
  { published }: Consensus,
): Promise<Pick<WatchRecord, 'told' | 'toldTo'>> {
  const wanted: Record<string, string> = { [settings.name]: String(published) }
  if (settings.healthAttribute !== undefined)
    wanted[settings.healthAttribute] = published === 0 ? 'yellow' : 'green'
  const gone = toldTo !== undefined && !isSameProcess(toldTo)
  if (gone) report.info('another attribute daemon than before: it is told anew')
  const before = gone ? {} : told
  const now: Record<string, string> = { ...before }
  let daemon = gone ? undefined : toldTo
  for (const [name, value] of Object.entries(wanted)) {
    if (before[name] === value) continue
    const unset = await setAttribute(name, value)
    if (unset === undefined) {
      now[name] = value
      daemon ??= attributeDaemon()
      report.info(`node attribute ${name} is ${value} now`)
    } else report.warn(`node attribute ${name} is not set to ${value}: ${unset}`)
  }
  return { told: now, toldTo: daemon }
}
