import { askPath } from '../../lib/host/hung-path.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { ActionFailure, ExitCode } from '../../lib/ocf/exit-codes.ts'
import { exportedClients } from './clients.ts'
import { readEtab } from './etab.ts'
import { addExports, conflict } from './exports.ts'
import { findGround } from './filesystem.ts'
import type { Settings } from './parameters.ts'
import { saveRecord } from './record.ts'
import { ensureServer } from './run-server.ts'

/** Exports the directory. What is exported is on record first, so that a stop finds it. */
export async function startExport(action: Action<Settings>): Promise<void> {
  const { settings } = action
  const { directory } = settings
  await waitForRecovery(action)
  const ground = findGround(settings)
  if (ground.kind === 'wrong') throw new ActionFailure(ExitCode.generic, ground.reason)
  const etab = await readEtab()
  if (etab === undefined)
    throw new ActionFailure(ExitCode.generic, '/var/lib/nfs/etab cannot be read: see its rights')
  const clash = conflict(settings, etab)
  if (clash !== undefined) throw new ActionFailure(ExitCode.args, clash)
  const clients = exportedClients(settings.clients).map(({ client }) => client)
  const unknown = {
    stuck: undefined,
    figures: {},
    io: undefined,
    connections: '',
    silentSinceMs: undefined,
    notifier: undefined,
  }
  saveRecord(action.recorded, { directory, clients, ...unknown })
  await ensureServer(action)
  await addExports(action)
}

/** A survivor's OCFS2 blocks until it has replayed the dead node's journal; the directory answers after that. */
async function waitForRecovery({ settings, deadline, report }: Action<Settings>): Promise<void> {
  const { directory, recoveryWaitMs } = settings
  deadline.waitFor(`${directory} to answer (OCFS2 in recovery?)`)
  const limit = Math.min(recoveryWaitMs, deadline.remainingMs())
  const answer = await askPath({ kind: 'stat', path: directory }, Math.max(1000, limit))
  if (answer.kind === 'ok' && answer.type === 'directory') return
  if (answer.kind === 'ok') throw new ActionFailure(ExitCode.args, `${directory} is not a directory`)
  if (answer.kind === 'absent')
    throw new ActionFailure(ExitCode.args, `${directory} does not exist on its filesystem`)
  const because =
    answer.kind === 'hung'
      ? `does not answer within ${Math.round(limit / 1000)} s (recovery_wait)`
      : answer.text
  report.error(`the filesystem under ${directory} cannot be used`)
  throw new ActionFailure(
    ExitCode.generic,
    `${directory}: ${because}: is its peer fenced, and its device there?`,
  )
}
