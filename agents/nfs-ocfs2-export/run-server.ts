import { pause } from '../../lib/host/clock.ts'
import { endProcess } from '../../lib/host/end-process.ts'
import { takeInstanceLock } from '../../lib/host/instance-lock.ts'
import { readMounts } from '../../lib/host/mounts.ts'
import { kernelText } from '../../lib/host/processes.ts'
import type { Action, DegradedReason } from '../../lib/ocf/agent.ts'
import { ActionFailure, ExitCode } from '../../lib/ocf/exit-codes.ts'
import { nodeFolder, type RecordFolders, recordFolders, takeOverRecords } from './client-records.ts'
import { readEtab } from './etab.ts'
import { endNotifier, startNotifier } from './notify.ts'
import type { Settings } from './parameters.ts'
import { readRecord } from './record.ts'
import { daemons, recordKeepers, workingFolder } from './record-keeper.ts'
import { nfsdThreads } from './server.ts'

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
    const node = ownFolder(action)
    const folders = recordFolders(stateDirectory, node)
    const exporting = (await readEtab())?.length !== 0
    if (nfsdThreads() > 0 && exporting) {
      if (!isHeard(folders))
        action.report.error(
          `nfsd already serves with other client records than ${folders.nfsdcld}: locks of this export's clients are not carried`,
        )
      return
    }
    if (nfsdThreads() > 0)
      action.report.info('nfsd runs without exports: it is restarted with the client records of this export')
    await endServer(action, 'any')
    await takeOverRecords(action, stateDirectory, node)
    for (let attempt = 1; attempt <= serverTries && !isHeard(folders); attempt++) {
      await startServer(action, folders, serverScope)
      for (let look = 0; look < 10 && !isHeard(folders); look++) await pause(100)
      // The last try serves without: no locks in the next move are better than no share now.
      if (!isHeard(folders) && attempt < serverTries) await endServer(action, 'any')
    }
    await startNotifier(action, folders)
  })
}

/** This node's name among the records. */
export function ownFolder({ invocation }: Action<Settings>): string {
  return nodeFolder(invocation.node ?? kernelText('/proc/sys/kernel/hostname'))
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

/** nfsd keeps its records where they are meant to be. */
function isHeard(folders: RecordFolders): boolean {
  return recordKeepers().some(({ folder, heard }) => heard && folder === folders.nfsdcld)
}

/** Ends the server after its last export; its client records stay where they are, for the next node. */
export async function endServerOf(action: Action<Settings>, stateDirectory: string): Promise<void> {
  await withServerLock(action, async () => {
    // Another export may have been started since the last look.
    if ((await readEtab())?.length !== 0) return
    await keepConnections(action, stateDirectory)
    await endServer(action, stateDirectory)
  })
}

/** As the last monitor saw them: nfsd closes them with the address, which goes before (fs/nfsd/nfssvc.c). */
async function keepConnections(action: Action<Settings>, stateDirectory: string): Promise<void> {
  const connections = readRecord(action.recorded)?.connections ?? ''
  if (connections === '') return
  const file = recordFolders(stateDirectory, ownFolder(action)).connections
  const script = 'umask 077; printf %s "$2" > "$1.new" && mv -f "$1.new" "$1"'
  const kept = await action.work.ending('record of connections', () =>
    action.run('/bin/sh', ['-c', script, 'sh', file, connections], { timeoutMs: 5000, detached: true }),
  )
  if (kept.code !== 0) action.report.info('the connections of clients are not recorded: they come back later')
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

/** @param stateDirectory only what keeps its records under it; `any`: whatever is there */
async function endServer(action: Action<Settings>, stateDirectory: string): Promise<void> {
  const { report } = action
  const ours = (folder: string | undefined) => stateDirectory === 'any' || isWithin(folder, stateDirectory)
  await endNotifier(action)
  const keepers = recordKeepers().filter(({ folder }) => ours(folder))
  const watchers = ['rpc.statd', 'sm-notify'].flatMap(daemons).filter(watcher => ours(workingFolder(watcher)))
  if (nfsdThreads() > 0 && (stateDirectory === 'any' || keepers.length > 0)) {
    action.deadline.waitFor('the end of nfsd')
    const result = await action.work.ending('end of nfsd', () =>
      action.run('rpc.nfsd', ['0'], {
        timeoutMs: Math.min(commandMs, action.deadline.remainingMs() / 2),
        detached: true,
      }),
    )
    if (result.timedOut || nfsdThreads() > 0)
      report.warn('nfsd does not end: its threads hang in the storage, see dmesg')
  }
  for (const daemon of [...keepers, ...watchers]) {
    const end = await endProcess(daemon, { graceMs: 2000 })
    if (end.state !== 'gone')
      report.warn(
        `process ${daemon.pid}, which keeps client records, hangs in ${end.waitsIn ?? 'the kernel'}`,
      )
  }
}

/** Where Debian's nfs.conf has it. */
const usualPipefs = '/run/rpc_pipefs'

/** `fail` names the step, because most of these commands say little. */
const startScript = [
  'nfsdcld=$1; statd=$2; grace=$3; scope=$4; pipefs=$5; mountd=$6',
  'fail() { echo "$1" >&2; exit 1; }',
  'if [ ! -e /proc/fs/nfsd/threads ]; then',
  '  modprobe -a lockd nfsd || [ -e /proc/net/rpc/nfsd ] || fail "the kernel has no nfsd"',
  '  [ -e /proc/fs/nfsd/threads ] || mount -t nfsd nfsd /proc/fs/nfsd || fail "/proc/fs/nfsd cannot be mounted"',
  'fi',
  'if [ ! -e "$pipefs/nfsd" ]; then',
  '  mkdir -p "$pipefs"; mount -t rpc_pipefs sunrpc "$pipefs" || fail "rpc_pipefs cannot be mounted on $pipefs"',
  'fi',
  ': >> /var/lib/nfs/etab; : >> /var/lib/nfs/rmtab',
  '[ -S /run/rpcbind.sock ] || rpcbind -w || fail "rpcbind does not start"',
  'echo "$grace" > /proc/sys/fs/nfs/nlm_grace_period',
  'echo "$grace" > /proc/fs/nfsd/nfsv4leasetime && echo "$grace" > /proc/fs/nfsd/nfsv4gracetime || fail "the grace cannot be set"',
  'rpc.statd -L -P "$statd" || fail "rpc.statd does not start: does another one run?"',
  'nfsdcld -p "$pipefs" -s "$nfsdcld" || fail "nfsdcld does not start"',
  '[ "$mountd" = runs ] || rpc.mountd || fail "rpc.mountd does not start"',
  // Clients reclaim only from a server of the scope they know, which is its host name when it starts.
  `unshare --uts /bin/sh -c 'hostname "$1" && exec rpc.nfsd' sh "$scope" || fail "rpc.nfsd does not start"`,
].join('\n')

async function startServer(
  action: Action<Settings>,
  { nfsdcld, statd }: RecordFolders,
  scope: string,
): Promise<void> {
  action.deadline.waitFor('the start of nfsd and its daemons')
  const grace = String(Math.ceil(action.settings.graceMs / 1000))
  const pipefs = readMounts().find(({ fstype }) => fstype === 'rpc_pipefs')?.mountPoint ?? usualPipefs
  const mountd = daemons('rpc.mountd').length > 0 ? 'runs' : 'is missing'
  const args = ['-c', startScript, 'sh', nfsdcld, statd, grace, scope, pipefs, mountd]
  const result = await action.work.command('start of nfsd', '/bin/sh', args, {
    timeoutMs: Math.min(3 * commandMs, action.deadline.remainingMs()),
  })
  if (result.code === 0) return
  const because = result.timedOut ? 'it hangs' : result.stderr.trim().split('\n').at(-1)
  throw new ActionFailure(ExitCode.generic, `the NFS server cannot be started: ${because}`)
}
