import { pause } from '../../lib/host/clock.ts'
import { allProcesses, kernelText } from '../../lib/host/processes.ts'
import type { DegradedReason } from '../../lib/ocf/agent.ts'

/** A task in uninterruptible sleep: the kernel waits for a device or a server. */
export interface BlockedTask {
  readonly pid: number
  readonly name: string
  /** Kernel function it waits in. */
  readonly waitsIn: string
}

/** Any busy disk has tasks in D state at an instant; one that is still there in the same place is stuck. */
const betweenLooksMs = 300

export async function findBlockedTasks(): Promise<readonly BlockedTask[]> {
  const first = blockedNow()
  if (first.length === 0) return []
  await pause(betweenLooksMs)
  return stillBlocked(first, blockedNow())
}

export function stillBlocked(
  first: readonly BlockedTask[],
  later: readonly BlockedTask[],
): readonly BlockedTask[] {
  return later.filter(task => first.some(({ pid, waitsIn }) => pid === task.pid && waitsIn === task.waitsIn))
}

function blockedNow(): readonly BlockedTask[] {
  return allProcesses()
    .filter(({ state }) => state === 'D')
    .map(({ pid }) => ({
      pid,
      name: kernelText(`/proc/${pid}/comm`).trim(),
      waitsIn: kernelText(`/proc/${pid}/wchan`).trim(),
    }))
}

/** Only what belongs to this storage: other hung mounts of the node are not the export's. */
const ours = /ocfs2|o2dlm|o2hb|o2net|dlm|drbd|nfsd|jbd2/

export function blockedFaults(tasks: readonly BlockedTask[]): readonly DegradedReason[] {
  const own = tasks.filter(task => ours.test(task.waitsIn) || ours.test(task.name))
  const [first] = own
  if (first === undefined) return []
  const { name, pid, waitsIn } = first
  return [
    {
      key: 'blocked_tasks',
      reason: `${own.length} tasks hang in the storage, ${name} (pid ${pid}) in ${waitsIn || 'an unknown place'}: see dmesg and DRBD`,
    },
  ]
}
