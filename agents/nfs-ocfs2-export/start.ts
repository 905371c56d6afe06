import type { Action } from '../../lib/ocf/agent.ts'
import { ActionFailure, ExitCode } from '../../lib/ocf/exit-codes.ts'
import { exportedClients } from './clients.ts'
import { readEtab } from './etab.ts'
import { addExports, conflict } from './exports.ts'
import { findGround } from './filesystem.ts'
import type { Settings } from './parameters.ts'
import { newRecord, saveRecord } from './record.ts'
import { ensureServer } from './run-server.ts'

/** Exports the directory, which has answered to the host check. What is exported is on record first, so that a stop finds it. */
export async function startExport(action: Action<Settings>): Promise<void> {
  const { settings } = action
  const { directory } = settings
  const ground = findGround(settings)
  if (ground.kind === 'wrong') throw new ActionFailure(ExitCode.generic, ground.reason)
  const etab = await readEtab()
  if (etab === undefined)
    throw new ActionFailure(ExitCode.generic, '/var/lib/nfs/etab cannot be read: see its rights')
  const clash = conflict(settings, etab)
  if (clash !== undefined) throw new ActionFailure(ExitCode.args, clash)
  const clients = exportedClients(settings.clients).map(({ client }) => client)
  saveRecord(action.recorded, newRecord(directory, clients))
  await ensureServer(action)
  await addExports(action)
}
