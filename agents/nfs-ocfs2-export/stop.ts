import type { Action } from '../../lib/ocf/agent.ts'
import { readEtab } from './etab.ts'
import { isSame, ownExports, removeExports } from './exports.ts'
import { findGround } from './filesystem.ts'
import type { Settings } from './parameters.ts'
import { markReleased, releaseClients, restartForeignServer } from './release.ts'
import { endServerOf } from './run-server.ts'

/**
 * Takes away what is this resource's own, then frees what clients hold, so that the filesystem can go. With
 * the last export the server itself goes, or is started anew: that keeps the records of its clients, which
 * expiring them would remove.
 */
export async function stopExport(action: Action<Settings>): Promise<void> {
  const etab = (await readEtab()) ?? []
  const own = ownExports(action).filter(one => etab.some(entry => isSame(one, entry)))
  const problem = await removeExports(action, own)
  if (problem !== undefined) action.report.warn(problem)
  await freeFilesystem(action)
  markReleased(action)
}

async function freeFilesystem(action: Action<Settings>): Promise<void> {
  const { stateDirectory, unlockOnStop } = action.settings
  const ground = findGround(action.settings)
  const remaining = await readEtab()
  if (remaining?.length === 0 && stateDirectory !== undefined) return endServerOf(action, stateDirectory)
  if (ground.kind === 'wrong' || !unlockOnStop || remaining === undefined) return
  const { mount } = ground
  if (remaining.length === 0) await restartForeignServer(action, mount)
  else if (remaining.some(entry => isWithin(entry.directory, mount.mountPoint)))
    action.report.info(`another export of ${mount.mountPoint} remains: its clients keep what they hold`)
  else await releaseClients(action, mount)
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
