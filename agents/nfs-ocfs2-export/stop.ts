import type { Action } from '../../lib/ocf/agent.ts'
import { readEtab } from './etab.ts'
import { isSame, ownExports, removeExports } from './exports.ts'
import { findGround, type Ground } from './filesystem.ts'
import type { Settings } from './parameters.ts'
import { markReleased, releaseClients } from './release.ts'

/** Takes away what is this resource's own, then frees what clients hold, so that the filesystem can go. */
export async function stopExport(action: Action<Settings>): Promise<void> {
  const etab = (await readEtab()) ?? []
  const own = ownExports(action).filter(one => etab.some(entry => isSame(one, entry)))
  const ground = findGround(action.settings)
  const problem = await removeExports(action, own)
  if (problem !== undefined) action.report.warn(problem)
  await freeFilesystem(action, ground)
  markReleased(action)
}

async function freeFilesystem(action: Action<Settings>, ground: Ground): Promise<void> {
  if (ground.kind === 'wrong' || !action.settings.unlockOnStop) return
  const shared = ((await readEtab()) ?? []).some(entry => isWithin(entry.directory, ground.mount.mountPoint))
  if (shared)
    action.report.info(
      `another export of ${ground.mount.mountPoint} remains: its clients keep what they hold`,
    )
  else await releaseClients(action, ground.mount)
}

/** Once more: an exportfs that hung may have been freed by a device that came back. */
export async function forceStopExport(action: Action<Settings>): Promise<void> {
  const problem = await removeExports(action, ownExports(action))
  if (problem !== undefined) action.report.warn(problem)
  markReleased(action)
}

function isWithin(directory: string, mountPoint: string): boolean {
  return directory === mountPoint || directory.startsWith(mountPoint === '/' ? '/' : `${mountPoint}/`)
}
