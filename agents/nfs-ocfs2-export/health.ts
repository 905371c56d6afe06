import type { Mount } from '../../lib/host/mounts.ts'
import { kernelText } from '../../lib/host/processes.ts'
import type { Action, DegradedReason, Glance } from '../../lib/ocf/agent.ts'
import { blockedFaults, findBlockedTasks } from './blocked-tasks.ts'
import { type DrbdVolume, parseDrbdStatus, parseProcDrbd } from './drbd.ts'
import { drbdFaults } from './drbd-faults.ts'
import { heartbeatFaults, readHeartbeats } from './heartbeat.ts'
import type { Settings } from './parameters.ts'

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
  const old = parseProcDrbd(kernelText('/proc/drbd'))
  const watched = (volume: DrbdVolume) =>
    (drbdResource !== undefined && volume.resource === drbdResource) ||
    (major === drbdMajor && volume.minor === Number(minor))
  faults.push(...old.filter(watched).flatMap(drbdFaults))
  if (glance.depth >= 10) {
    if (drbdResource !== undefined && old.length === 0)
      faults.push(...(await drbd9Faults(action, drbdResource)))
    faults.push(...blockedFaults(await findBlockedTasks()))
  }
  return settle(action, faults)
}

async function drbd9Faults(action: Action<Settings>, name: string): Promise<readonly DegradedReason[]> {
  const unknown = (because: string): readonly DegradedReason[] => [
    { key: 'drbd_unknown', reason: `DRBD ${name} cannot be judged: ${because}` },
  ]
  const answer = await action
    .run('drbdsetup', ['status', name, '--json'], { timeoutMs: drbdMs })
    .catch((cause: unknown) => String(cause instanceof Error ? cause.message : cause))
  if (typeof answer === 'string') return unknown(answer)
  if (answer.timedOut) return unknown(`drbdsetup gave no answer within ${drbdMs / 1000} s`)
  const volumes = answer.code === 0 ? parseDrbdStatus(answer.stdout) : undefined
  if (volumes === undefined)
    return unknown(answer.stderr.trim().split('\n')[0] || 'drbdsetup prints no JSON status')
  return volumes.length === 0 ? unknown('it is not up on this node: drbdadm up') : volumes.flatMap(drbdFaults)
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
