import { pause } from '../../lib/host/clock.ts'
import { takeInstanceLock } from '../../lib/host/instance-lock.ts'
import { kernelText } from '../../lib/host/processes.ts'
import type { Action, DegradedReason } from '../../lib/ocf/agent.ts'
import { ActionFailure, ExitCode } from '../../lib/ocf/exit-codes.ts'
import { nodeLabel, type RecordFolders, recordFolders } from './client-records.ts'
import { readEtab } from './etab.ts'
import { endNotifier } from './notify.ts'
import type { Settings } from './parameters.ts'
import { readRecord } from './record.ts'
import {
  type Daemon,
  daemons,
  endDaemons,
  keepsRecordsIn,
  recordKeepers,
  workingFolder,
} from './record-keeper.ts'
import { nfsdThreads } from './server.ts'
import { startServer } from './start-server.ts'

/** Several exports of one node share one server. */
const serverLock = 'nfs-ocfs2-export server'
const commandMs = 20_000
/** The kernel waits one second for nfsdcld (fs/nfsd/nfs4recover.c) and then keeps records its own way. */
const serverTries = 3

/**
 * With state_directory the server is the agent's own: brought up here unless it serves another export with
 * the same records already. Records first, then nfsd, because its grace depends on them.
 * @throws ActionFailure
 */
export async function ensureServer(action: Action<Settings>): Promise<void> {
  const { stateDirectory, serverScope } = action.settings
  if (stateDirectory === undefined || serverScope === undefined) return
  await withServerLock(action, async () => {
    const folders = recordFolders(stateDirectory)
    const exporting = (await readEtab())?.length !== 0
    if (nfsdThreads() > 0 && exporting) {
      if (!keepsRecordsIn(folders.nfsdcld))
        action.report.error(
          `nfsd already serves with other client records than ${folders.nfsdcld}: locks of this export's clients are not carried`,
        )
      return
    }
    if (nfsdThreads() > 0)
      action.report.info('nfsd runs without exports: it is restarted with the client records of this export')
    const mountd = (await endServer(action, 'any')).some(({ name }) => name === 'rpc.mountd')
    const node = nodeLabel(action.invocation.node ?? kernelText('/proc/sys/kernel/hostname'))
    for (let attempt = 1; ; attempt++) {
      await startServer(action, { stateDirectory, serverScope, node, mountd })
      // The last try serves without: no locks in the next move are better than no share now.
      if ((await becomesHeard(folders)) || attempt === serverTries) break
      await endServer(action, 'any')
    }
  })
}

async function becomesHeard(folders: RecordFolders): Promise<boolean> {
  for (let look = 0; look < 10; look++) {
    if (keepsRecordsIn(folders.nfsdcld)) return true
    await pause(100)
  }
  return false
}

/** Undefined while the records of clients are kept, or are not meant to be. */
export function recordsFault({ stateDirectory }: Settings): DegradedReason | undefined {
  if (stateDirectory === undefined) return undefined
  const kept = recordKeepers().some(({ folder, heard }) => heard && isWithin(folder, stateDirectory))
  return kept
    ? undefined
    : {
        key: 'client_records',
        reason: `no nfsdcld keeps the records of clients in ${stateDirectory}: they lose their locks in the next move; restart this export`,
      }
}

function isWithin(folder: string | undefined, stateDirectory: string): boolean {
  return folder?.startsWith(`${stateDirectory}/`) === true
}

/** Ends the server after its last export; its client records stay where they are, for the next node. */
export async function endServerOf(action: Action<Settings>, stateDirectory: string): Promise<void> {
  await withServerLock(action, async () => {
    // Another export may have been started since the last look.
    if ((await readEtab())?.length === 0) await endServer(action, stateDirectory)
  })
}

async function withServerLock(action: Action<Settings>, step: () => Promise<void>): Promise<void> {
  action.deadline.waitFor('another export of this node that starts or stops the NFS server')
  const lock = await takeInstanceLock(serverLock, action.deadline.remainingMs() / 2)
  if (lock === undefined)
    throw new ActionFailure(ExitCode.generic, 'another export starts or stops the NFS server for too long')
  try {
    await step()
  } finally {
    lock.release()
  }
}

/**
 * As rpc.nfsd does it; then the connections as the last monitor saw them, for the next server: nfsd closes
 * them with the address, which goes before (fs/nfsd/nfssvc.c).
 */
const endScript = 'echo 0 > /proc/fs/nfsd/threads; umask 077; [ -z "$2" ] || printf %s "$2" > "$1"'

/**
 * @param stateDirectory only what keeps its records under it; `any`: whatever is there
 * @returns the daemons of NFS that it found: a look at all processes is what takes longest here
 */
async function endServer(action: Action<Settings>, stateDirectory: string): Promise<readonly Daemon[]> {
  const { report } = action
  const ours = (folder: string | undefined) => stateDirectory === 'any' || isWithin(folder, stateDirectory)
  await endNotifier(action)
  const running = daemons('nfsdcld', 'rpc.statd', 'sm-notify', 'rpc.mountd')
  const keepers = recordKeepers(running).filter(({ folder }) => ours(folder))
  const watchers = running.filter(
    daemon => ['rpc.statd', 'sm-notify'].includes(daemon.name) && ours(workingFolder(daemon)),
  )
  if (nfsdThreads() > 0 && (stateDirectory === 'any' || keepers.length > 0)) {
    action.deadline.waitFor('the end of nfsd')
    const connections = stateDirectory === 'any' ? '' : (readRecord(action.recorded)?.connections ?? '')
    const args = ['-c', endScript, 'sh', recordFolders(stateDirectory).connections, connections]
    await action.work.ending('end of nfsd', () =>
      action.run('/bin/sh', args, {
        timeoutMs: Math.min(commandMs, action.deadline.remainingMs() / 2),
        detached: true,
      }),
    )
    if (nfsdThreads() > 0) report.warn('nfsd does not end: its threads hang in the storage, see dmesg')
  }
  for (const { pid, waitsIn } of await endDaemons([...keepers, ...watchers]))
    report.warn(`process ${pid}, which keeps client records, hangs in ${waitsIn ?? 'the kernel'}`)
  return running
}
