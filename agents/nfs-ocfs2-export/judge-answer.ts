import { sinceBootMs } from '../../lib/host/clock.ts'
import type { Action, Cure, Glance, Observation } from '../../lib/ocf/agent.ts'
import type { NfsAnswer } from './ask-server.ts'
import { blockedFaults, findBlockedTasks } from './blocked-tasks.ts'
import type { Settings } from './parameters.ts'
import { readRecord, remember } from './record.ts'

/** What an answer of the server, or none, means for the resource. */
export async function judgeAnswer(
  action: Action<Settings>,
  glance: Glance,
  answer: NfsAnswer,
  cure: Cure,
): Promise<Observation> {
  const { probeFailures, directory } = action.settings
  switch (answer.kind) {
    case 'alive':
      action.countFailure('nfs', { ok: true, damped: true }, probeFailures)
      remember(action.recorded, { silentSinceMs: undefined })
      return { state: 'running' }
    case 'stale':
      return { state: 'failed', reason: answer.reason, cure }
    case 'failed':
      return glance.purpose === 'start'
        ? { state: 'starting', reason: answer.reason }
        : { state: 'failed', reason: answer.reason }
    case 'waiting': {
      const reason = `the NFS server puts clients of ${directory} off (${answer.status}): a filesystem in recovery, or its grace`
      return glance.purpose === 'start'
        ? { state: 'starting', reason }
        : { state: 'degraded', faults: [{ key: 'nfs_waiting', reason }] }
    }
    case 'slow': {
      if (glance.purpose === 'start') return { state: 'starting', reason: answer.reason }
      const recovery = await inRecovery(action)
      if (recovery !== undefined)
        return { state: 'degraded', faults: [{ key: 'nfs_slow', reason: recovery }] }
      const { counts, inARow } = action.countFailure('nfs', { ok: false, damped: true }, probeFailures)
      if (counts) return { state: 'failed', reason: answer.reason }
      return {
        state: 'degraded',
        faults: [{ key: 'nfs_slow', reason: `${answer.reason} (${inARow} of ${probeFailures} in a row)` }],
      }
    }
  }
}

/**
 * After a peer's death every node that has the filesystem mounted blocks until OCFS2 has recovered. Giving
 * the export up meanwhile would only make it longer, so silence does not count while tasks hang in the
 * storage, for as long as start would wait for it.
 */
async function inRecovery(action: Action<Settings>): Promise<string | undefined> {
  const { directory, recoveryWaitMs } = action.settings
  const since = readRecord(action.recorded)?.silentSinceMs ?? sinceBootMs()
  remember(action.recorded, { silentSinceMs: since })
  const silentMs = sinceBootMs() - since
  if (silentMs >= recoveryWaitMs || blockedFaults(await findBlockedTasks()).length === 0) return undefined
  return `${directory} is silent for ${Math.round(silentMs / 1000)} s with tasks that hang in the storage: OCFS2 in recovery? (recovery_wait)`
}
