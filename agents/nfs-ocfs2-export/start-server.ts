import { readMounts } from '../../lib/host/mounts.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { ActionFailure, ExitCode } from '../../lib/ocf/exit-codes.ts'
import { recordFolders, statdUid, statdUser, takeOverScript } from './client-records.ts'
import { notifyScript, rememberNotifier } from './notify.ts'
import type { Settings } from './parameters.ts'

/** Where Debian's nfs.conf has it. */
const usualPipefs = '/run/rpc_pipefs'
/** Beside what the filesystem's recovery may hold the records up for. */
const startMs = 60_000
const recordsUnusable = 3

/**
 * Records first, then nfsd, because its grace depends on them. One script: each command of its own costs an
 * entry on record, and clients wait meanwhile. `fail` names the step, because most of these commands say
 * little. rpc.statd takes long over rpcbind and is needed last, so it starts beside the others.
 */
const startScript = [
  // Not `( ... ) || exit`, in which the shell would ignore `set -e`.
  `(\n${takeOverScript}\n)\n[ $? = 0 ] || exit ${recordsUnusable}`,
  'shift 4; nfsdcld=$1; statd=$2; grace=$3; scope=$4; pipefs=$5; mountd=$6; script=$7; shift 7',
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
  'rpc.statd -L -P "$statd" & watcher=$!',
  'echo "$grace" > /proc/sys/fs/nfs/nlm_grace_period',
  'echo "$grace" > /proc/fs/nfsd/nfsv4leasetime && echo "$grace" > /proc/fs/nfsd/nfsv4gracetime || fail "the grace cannot be set"',
  'nfsdcld -p "$pipefs" -s "$nfsdcld" || fail "nfsdcld does not start"',
  '[ "$mountd" = runs ] || rpc.mountd || fail "rpc.mountd does not start"',
  // Clients reclaim only from a server of the scope they know, which is its host name when it starts.
  `unshare --uts /bin/sh -c 'echo "$1" > /proc/sys/kernel/hostname && exec rpc.nfsd' sh "$scope" || fail "rpc.nfsd does not start"`,
  '[ -z "$1" ] || { setsid /bin/sh -c "$script" sh "$@" < /dev/null > /dev/null 2>&1 & echo "notifier $!"; }',
  'wait "$watcher" || fail "rpc.statd does not start: does another one run?"',
].join('\n')

export interface ServerPlace {
  readonly stateDirectory: string
  readonly serverScope: string
  /** The name of this node. */
  readonly node: string
  /** rpc.mountd runs already. */
  readonly mountd: boolean
}

/** Takes the records over and starts nfsd with its daemons. @throws ActionFailure */
export async function startServer(
  action: Action<Settings>,
  { stateDirectory, serverScope, node, mountd }: ServerPlace,
): Promise<void> {
  action.deadline.waitFor('the start of nfsd and its daemons')
  const { nfsdcld, statd, notify, connections } = recordFolders(stateDirectory)
  const grace = String(Math.ceil(action.settings.graceMs / 1000))
  const pipefs = readMounts().find(({ fstype }) => fstype === 'rpc_pipefs')?.mountPoint ?? usualPipefs
  const server = [nfsdcld, statd, grace, serverScope, pipefs, mountd ? 'runs' : 'is missing']
  const notifier = [notifyScript, action.settings.serviceAddress ?? '', notify, connections, grace]
  const records = [stateDirectory, node, statdUser, statdUid()]
  const args = ['-c', startScript, 'sh', ...records, ...server, ...notifier]
  const { code, timedOut, stdout, stderr } = await action.work.command('start of nfsd', '/bin/sh', args, {
    timeoutMs: Math.min(action.settings.recoveryWaitMs + startMs, action.deadline.remainingMs()),
  })
  for (const line of stdout.split('\n')) tell(action, line, stateDirectory)
  if (code === 0) return
  const because = timedOut ? 'it hangs, or its filesystem does' : stderr.trim().split('\n').at(-1)
  throw new ActionFailure(
    ExitCode.generic,
    code === recordsUnusable
      ? `the client records in ${stateDirectory} (state_directory) cannot be used: ${because}`
      : `the NFS server cannot be started: ${because}`,
  )
}

function tell(action: Action<Settings>, line: string, stateDirectory: string): void {
  const [, what, value = ''] = /^(\S+)(?: (.*))?$/.exec(line) ?? []
  if (what === 'from') action.report.info(`taking over the client records of node ${value}`)
  if (what === 'notifier') rememberNotifier(action, Number(value))
  if (what === 'broken')
    action.report.error(
      `the database of NFSv4 clients in ${stateDirectory} is broken and was set aside: their locks are lost`,
    )
}
