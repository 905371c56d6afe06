import { readAttribute, setPrivateAttribute } from '../../lib/cluster/attributes.ts'
import { sinceBootMs } from '../../lib/host/clock.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { lookAttribute, recoveryAttribute } from './attribute-names.ts'
import type { Settings } from './parameters.ts'
import { readRecord, toJson } from './record.ts'
import {
  type KnownRecovery,
  latest,
  noRecovery,
  parseRecovery,
  type Recovery,
  recoveryText,
} from './recovery-state.ts'

/** The latest state that this node or the attribute daemon knows. */
export async function recallRecovery(
  { settings, report }: Action<Settings>,
  known: KnownRecovery,
): Promise<{ readonly recovery: Recovery; readonly known: KnownRecovery }> {
  const values = await readAttribute(recoveryAttribute(settings.name))
  if (values === undefined) report.info('the attribute daemon does not tell of recoveries by other nodes')
  const recovery = latest([known.text, ...(values?.values() ?? [])])
  const text = recoveryText(recovery)
  return { recovery, known: text === known.text ? known : { text, sinceMs: sinceBootMs() } }
}

/**
 * Writes a state down before its step is taken: on this node, and in the attribute of every node that
 * watches, because an attribute leaves together with its node.
 * @throws Error when it is not recorded: then the step is not taken
 */
export async function recordRecovery(action: Action<Settings>, recovery: Recovery): Promise<void> {
  const { settings, recorded, invocation } = action
  const record = readRecord(recorded)
  if (record === undefined) throw new Error('this resource does not run')
  const text = recoveryText(recovery)
  recorded.save(toJson({ ...record, recovery: { text, sinceMs: sinceBootMs() } }))
  const name = recoveryAttribute(settings.name)
  const unset = await setPrivateAttribute(name, text)
  if (unset !== undefined) throw new Error(`it cannot be recorded in the cluster: ${unset}`)
  const watching = (await readAttribute(lookAttribute(settings.name))) ?? new Map<string, string>()
  const others = [...watching.keys()].filter(node => node !== invocation.node)
  await Promise.all(others.map(node => setPrivateAttribute(name, text, node)))
}

export function recoveryOf({ text }: KnownRecovery): Recovery {
  return parseRecovery(text) ?? noRecovery
}
