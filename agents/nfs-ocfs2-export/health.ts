import type { Mount } from '../../lib/host/mounts.ts'
import { kernelText } from '../../lib/host/processes.ts'
import type { Action, DegradedReason, Glance } from '../../lib/ocf/agent.ts'
import { blockedFaults, findBlockedTasks } from './blocked-tasks.ts'
import { type DrbdVolume, parseDrbdStatus, parseProcDrbd } from './drbd.ts'
import { drbdFaults } from './drbd-faults.ts'
import { heartbeatFaults, readHeartbeats } from './heartbeat.ts'
import type { Settings } from './parameters.ts'
import { drbdRecord, remember } from './record.ts'

const drbdMs = 3000

/** Major number of DRBD's devices (Linux, Documentation/admin-guide/devices.txt). */
const drbdMajor = '147'

/**
 * The storage under the export: nothing that moving would help. Depth 0 reads kernel memory only; a
 * command for DRBD 9 and the look at all tasks belong to depth 10.
 */
export async function storageFaults(
  action: Action<Settings>,
  glance: Glance,
  mount: Mount,
): Promise<readonly DegradedReason[]> {
  const faults = [...heartbeatFaults(readHeartbeats())]
  const { drbdResource } = action.settings
  const [major, minor] = mount.device.split(':')
  const isDrbd = drbdResource !== undefined || major === drbdMajor
  const old = isDrbd ? parseProcDrbd(kernelText('/proc/drbd')) : []
  const watched = (volume: DrbdVolume) =>
    (drbdResource !== undefined && volume.resource === drbdResource) ||
    (major === drbdMajor && volume.minor === Number(minor))
  const volumes = old.filter(watched)
  if (glance.depth >= 10 && drbdResource !== undefined && old.length === 0) {
    const found = await drbd9Volumes(action, drbdResource)
    if (typeof found === 'string')
      faults.push({ key: 'drbd_unknown', reason: `DRBD ${drbdResource} cannot be judged: ${found}` })
    else volumes.push(...found)
  }
  if (volumes.length > 0) remember(action.recorded, { drbd: drbdRecord(volumes) })
  faults.push(...volumes.flatMap(drbdFaults))
  if (glance.depth >= 10) {
    faults.push(...blockedFaults(await findBlockedTasks()))
  }
  return settle(action, faults)
}

/** @returns else why it cannot be judged */
async function drbd9Volumes(action: Action<Settings>, name: string): Promise<readonly DrbdVolume[] | string> {
  const answer = await action
    .run('drbdsetup', ['status', name, '--json'], { timeoutMs: drbdMs })
    .catch((cause: unknown) => String(cause instanceof Error ? cause.message : cause))
  if (typeof answer === 'string') return answer
  if (answer.timedOut) return `drbdsetup gave no answer within ${drbdMs / 1000} s`
  const volumes = answer.code === 0 ? parseDrbdStatus(answer.stdout) : undefined
  if (volumes === undefined) return answer.stderr.trim().split('\n')[0] || 'drbdsetup prints no JSON status'
  return volumes.length === 0 ? 'it is not up on this node: drbdadm up' : volumes
}

/** Lost redundancy may be wanted in the log only; all else degrades. */
function settle(action: Action<Settings>, faults: readonly DegradedReason[]): readonly DegradedReason[] {
  if (action.settings.redundancyDegrades) return faults
  for (const fault of faults.filter(isRedundancy)) action.report.warn(fault.reason)
  return faults.filter(fault => !isRedundancy(fault))
}

function isRedundancy({ key }: DegradedReason): boolean {
  return key === 'redundancy' || key.startsWith('drbd_peer_')
}
