import { execInGuest, type Ground, type GuestName, isRunning, logs } from './guest.ts'

/** The disk of every guest behind device-mapper, so that it can be made to fail. */
export const DEVICE = '/dev/mapper/data'
/** The first disk of a guest. */
export const DISK = '/dev/vdb'

/** Runs a script in a guest that must succeed. @throws Error with what it printed */
export async function mustExec(
  ground: Ground,
  guest: GuestName,
  script: string,
  seconds = 60,
): Promise<string> {
  const { code, output } = await execInGuest(ground, guest, script, seconds)
  if (code !== 0) {
    const dead = isRunning(ground, guest)
      ? ''
      : `; the guest is dead, its console: ${logs(ground, guest).slice(-1500)}`
    throw new Error(`in guest ${guest}, code ${code}: ${script.slice(0, 200)}\n${output.slice(-1500)}${dead}`)
  }
  return output
}

/** As docs/storage.md has it: without `sync` OCFS2 lets nfsd acknowledge writes that are in memory only. */
export const MOUNT_OPTIONS = 'sync,commit=1'

/** Puts device-mapper between the guest's disk and {@link DEVICE}. */
export async function mapDisk(ground: Ground, guest: GuestName): Promise<void> {
  await mustExec(
    ground,
    guest,
    [
      'set -e; modprobe dm_mod',
      `dmsetup create --noudevrules --noudevsync data --table "0 $(blockdev --getsz ${DISK}) linear ${DISK} 0"`,
      'dmsetup mknodes',
    ].join('\n'),
  )
}

/** A local OCFS2 (no cluster stack) on the guest's disk, mounted at `mountPoint`. */
export async function makeLocalOcfs2(ground: Ground, guest: GuestName, mountPoint: string): Promise<void> {
  await mapDisk(ground, guest)
  await mustExec(
    ground,
    guest,
    [
      'set -e; modprobe ocfs2',
      `mkfs.ocfs2 -q -M local --fs-features=local -N 1 -T mail -J size=4M -L share ${DEVICE} </dev/null`,
      `mkdir -p ${mountPoint}; mount -t ocfs2 -o ${MOUNT_OPTIONS} ${DEVICE} ${mountPoint}`,
    ].join('\n'),
    120,
  )
}

/** What a systemd unit or heartbeat:nfsserver would run: lockd, statd, nfsdcld, mountd and nfsd. */
export async function startNfsServer(ground: Ground, guest: GuestName, graceSeconds = 10): Promise<void> {
  await mustExec(
    ground,
    guest,
    [
      'set -e; modprobe nfsd; mountpoint -q /proc/fs/nfsd || mount -t nfsd nfsd /proc/fs/nfsd',
      'touch /var/lib/nfs/etab /var/lib/nfs/rmtab',
      'pidof rpcbind >/dev/null || rpcbind -w; pidof rpc.statd >/dev/null || rpc.statd',
      'pidof nfsdcld >/dev/null || nfsdcld',
      `echo ${graceSeconds} > /proc/fs/nfsd/nfsv4leasetime; echo ${graceSeconds} > /proc/fs/nfsd/nfsv4gracetime`,
      `echo ${graceSeconds} > /proc/sys/fs/nfs/nlm_grace_period`,
      'rpc.nfsd 4; pidof rpc.mountd >/dev/null || rpc.mountd',
    ].join('\n'),
  )
}

/** Every access to the disk fails from now on, without any being waited for. */
export async function breakDisk(ground: Ground, guest: GuestName): Promise<void> {
  await loadTable(ground, guest, 'error')
}

export async function healDisk(ground: Ground, guest: GuestName): Promise<void> {
  await loadTable(ground, guest, `linear ${DISK} 0`)
}

async function loadTable(ground: Ground, guest: GuestName, target: string): Promise<void> {
  const script = [
    'set -e; dmsetup suspend --nolockfs --noflush data',
    `dmsetup load data --table "0 $(blockdev --getsz ${DISK}) ${target}"; dmsetup resume --noudevsync data`,
  ].join('\n')
  await mustExec(ground, guest, script)
}

/** The cluster's address of a guest, and the one that moves. */
export const ADDRESS = { a: '10.77.0.11', b: '10.77.0.12', service: '10.77.0.100' } as const

/** When OCFS2 takes a node for dead. */
export interface O2cbTimes {
  /** After so many missed beats of two seconds, less one, a node resets itself. */
  readonly deadThreshold: number
  /** After so long without a message the network between two nodes counts as lost. */
  readonly idleMs: number
}

const SHORT_TIMES: O2cbTimes = { deadThreshold: 9, idleMs: 10_000 }

/** Two nodes of OCFS2's own cluster stack, with disk heartbeat on the shared disk. */
export async function joinO2cb(
  ground: Ground,
  guest: 'a' | 'b',
  { deadThreshold, idleMs } = SHORT_TIMES,
): Promise<void> {
  const node = (name: 'a' | 'b', number: number) =>
    `node:\n\tnumber = ${number}\n\tcluster = haha\n\tip_port = 7777\n\tip_address = ${ADDRESS[name]}\n\tname = ${name}\n\n`
  const configuration = `cluster:\n\tnode_count = 2\n\tname = haha\n\n${node('a', 0)}${node('b', 1)}`
  await mustExec(
    ground,
    guest,
    [
      'set -e; mkdir -p /etc/ocfs2 /dlm',
      `cat > /etc/ocfs2/cluster.conf <<'END'\n${configuration}END`,
      'modprobe -a ocfs2_nodemanager ocfs2_dlm ocfs2_dlmfs ocfs2_stack_o2cb ocfs2',
      'mountpoint -q /dlm || mount -t ocfs2_dlmfs ocfs2_dlmfs /dlm',
      'echo o2cb > /sys/fs/ocfs2/cluster_stack; o2cb register-cluster haha',
      'cluster=/sys/kernel/config/cluster/haha',
      `echo ${deadThreshold} > $cluster/heartbeat/dead_threshold; echo ${idleMs} > $cluster/idle_timeout_ms`,
    ].join('\n'),
    120,
  )
}

/** Formats what both nodes have: a shared disk, or DRBD. */
export async function makeSharedOcfs2(ground: Ground, guest: 'a' | 'b', device = DISK): Promise<void> {
  const options = '--cluster-stack=o2cb --cluster-name=haha -N 2 -T mail -J size=4M -L share'
  await mustExec(ground, guest, `mkfs.ocfs2 -q ${options} ${device} </dev/null`, 120)
}

export async function mountShared(
  ground: Ground,
  guest: 'a' | 'b',
  mountPoint: string,
  device = DISK,
): Promise<void> {
  const mount = `mount -t ocfs2 -o ${MOUNT_OPTIONS} ${device} ${mountPoint}`
  await mustExec(ground, guest, `mkdir -p ${mountPoint}; ${mount}`, 120)
}
