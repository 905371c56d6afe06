import type { Mount } from '../../lib/host/mounts.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { holdersOf, parseClientStates } from './client-states.ts'
import type { Settings } from './parameters.ts'
import { nfsdThreads } from './server.ts'

const releaseMs = 10_000
const readStates =
  'for d in /proc/fs/nfsd/clients/*/; do echo "== $(basename "$d")"; cat "$d/states"; done 2>/dev/null'

/** Locks of NFSv3; the file belongs to nfsd and is not there without it. */
const unlock = `[ ! -e /proc/fs/nfsd/unlock_filesystem ] || printf '%s\\n' "$1" > /proc/fs/nfsd/unlock_filesystem`

const released = new WeakSet<Action<Settings>>()

/** Whether this action has done what it can to free clients; it is not tried without end. */
export function isReleased(action: Action<Settings>): boolean {
  return released.has(action)
}

export function markReleased(action: Action<Settings>): void {
  released.add(action)
}

/**
 * A server that others run and that exports nothing any more: stopped, which frees what clients hold and
 * keeps their records (an expired client loses its own), and started again with as many threads.
 */
export async function restartForeignServer(action: Action<Settings>, mount: Mount): Promise<void> {
  const threads = nfsdThreads()
  if (threads === 0) return
  action.report.info(`nfsd exports nothing any more: restarted, to free ${mount.mountPoint}`)
  const name = action.settings.serverScope ?? ''
  const script = `${unlock}\nrpc.nfsd 0 && unshare --uts /bin/sh -c '[ -z "$2" ] || hostname "$2"; exec rpc.nfsd "$1"' sh "$2" "$3"`
  const result = await shell(action, script, [mount.mountPoint, String(threads), name], 2 * releaseMs)
  if (result.timedOut || result.code !== 0)
    action.report.warn(
      `nfsd cannot be restarted: ${result.timedOut ? 'its threads hang' : result.stderr.trim()}; what clients hold keeps the filesystem mounted`,
    )
}

/**
 * Frees what clients hold on the filesystem, so that its own resource can unmount it, while the server
 * goes on for other exports. Expiring a client ends its state on every export of this server (kernel,
 * fs/nfsd/nfs4state.c), so only those are expired that hold nothing elsewhere.
 */
export async function releaseClients(action: Action<Settings>, mount: Mount): Promise<void> {
  const { report } = action
  await shell(action, unlock, [mount.mountPoint])
  const listing = await shell(action, readStates, [])
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
    await shell(action, `echo expire > "/proc/fs/nfsd/clients/$1/ctl"`, [id])
  }
}

function shell(action: Action<Settings>, script: string, args: readonly string[], timeoutMs = releaseMs) {
  return action.work.ending('release of NFS clients', () =>
    action.run('/bin/sh', ['-c', script, 'sh', ...args], { timeoutMs, detached: true }),
  )
}
