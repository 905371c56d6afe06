import { execInGuest, type Ground, type GuestName, isRunning, logs } from './guest.ts'

/** The disk of every guest behind device-mapper, so that it can be made to fail. */
export const DEVICE = '/dev/mapper/data'
const DISK = '/dev/vdb'

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

/** A local OCFS2 (no cluster stack) on the guest's disk, mounted at `mountPoint`. */
export async function makeLocalOcfs2(ground: Ground, guest: GuestName, mountPoint: string): Promise<void> {
  await mustExec(
    ground,
    guest,
    [
      'set -e; modprobe -a dm_mod ocfs2',
      `dmsetup create --noudevrules --noudevsync data --table "0 $(blockdev --getsz ${DISK}) linear ${DISK} 0"`,
      'dmsetup mknodes',
      `mkfs.ocfs2 -q -M local --fs-features=local -N 1 -T mail -J size=4M -L share ${DEVICE} </dev/null`,
      `mkdir -p ${mountPoint}; mount -t ocfs2 ${DEVICE} ${mountPoint}`,
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
