import type { Mount } from '../../lib/host/mounts.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { holdersOf, parseClientStates } from './client-states.ts'
import type { Settings } from './parameters.ts'

const releaseMs = 10_000
const readStates =
  'for d in /proc/fs/nfsd/clients/*/; do echo "== $(basename "$d")"; cat "$d/states"; done 2>/dev/null'

const released = new WeakSet<Action<Settings>>()

/** Whether this action has done what it can to free clients; it is not tried without end. */
export function isReleased(action: Action<Settings>): boolean {
  return released.has(action)
}

export function markReleased(action: Action<Settings>): void {
  released.add(action)
}

/**
 * Frees what clients hold on the filesystem, so that its own resource can unmount it. Expiring a client
 * ends its state on every export of this server (kernel, fs/nfsd/nfs4state.c), so only those are expired
 * that hold nothing elsewhere.
 */
export async function releaseClients(action: Action<Settings>, mount: Mount): Promise<void> {
  const { report, run } = action
  // Locks of NFSv3; the file belongs to nfsd and is not there without it.
  await shell(
    `[ ! -e /proc/fs/nfsd/unlock_filesystem ] || printf '%s\\n' "$1" > /proc/fs/nfsd/unlock_filesystem`,
    [mount.mountPoint],
  )
  const listing = await shell(readStates, [])
  if (listing.timedOut) {
    report.warn('the clients of nfsd cannot be listed: what they hold keeps the filesystem mounted')
    return
  }
  const { only, also } = holdersOf(mount.device, parseClientStates(listing.stdout))
  for (const id of also) {
    report.warn(
      `NFS client ${id} also holds files of another export: not expired, the unmount will find it busy`,
    )
  }
  for (const id of only) {
    report.info(`expiring NFS client ${id}, which holds files or locks on ${mount.mountPoint}`)
    await shell(`echo expire > "/proc/fs/nfsd/clients/$1/ctl"`, [id])
  }

  function shell(script: string, args: readonly string[]) {
    return action.work.ending('release of NFS clients', () =>
      run('/bin/sh', ['-c', script, 'sh', ...args], { timeoutMs: releaseMs, detached: true }),
    )
  }
}
