import type { Action } from '../../lib/ocf/agent.ts'
import type { Settings } from './parameters.ts'
import { readRecord, toJson } from './record.ts'
import { payWhatIsOwed } from './recovery.ts'
import { nothingKnown } from './recovery-state.ts'

/** A watch has nothing to end but a debt: power that it cut. */
export async function stopWatch(action: Action<Settings>): Promise<void> {
  const { fault } = await payWhatIsOwed(action)
  if (fault !== undefined) throw new Error(fault.reason)
}

/**
 * Tries once more, and then leaves the debt to the other nodes, which hold it in their attributes: a node is
 * not fenced for the sake of a peripheral.
 */
export async function leaveWatch(action: Action<Settings>): Promise<void> {
  const { fault } = await payWhatIsOwed(action)
  if (fault !== undefined) action.report.error(`${fault.reason}; the other nodes go on trying`)
  const record = readRecord(action.recorded)
  if (record !== undefined) action.recorded.trySave(toJson({ ...record, recovery: nothingKnown }))
}
