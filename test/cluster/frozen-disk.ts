import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'

/** A filesystem whose writers wait in uninterruptible sleep, as on a dead NFS server. */
export interface FrozenDisk {
  readonly folder: string
  /** Puts a process that no signal can end into a control group, inside the pid namespace of a process. */
  trap(cgroup: string, pidNamespaceOf: number): Promise<void>
  thaw(): Promise<void>
  remove(): Promise<void>
}

/** How long it stays frozen at most, should this process be killed. */
const GUARD_SECONDS = 120

export async function freezeDisk(): Promise<FrozenDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'haha-frozen-'))
  const [image, mountPoint] = [join(folder, 'image'), join(folder, 'mount')]
  await mkdir(mountPoint)
  await execa('truncate', ['-s', '16M', image])
  await execa('mkfs.ext4', ['-q', '-F', image])
  await execa('mount', ['-o', 'loop', image, mountPoint])
  await execa('fsfreeze', ['-f', mountPoint])
  const thawLater = 'sleep "$2"; fsfreeze -u "$1"; umount -l "$1"'
  const guard = spawn('sh', ['-c', thawLater, 'sh', mountPoint, String(GUARD_SECONDS)], {
    stdio: 'ignore',
    detached: true,
  })
  const trapped: ChildProcess[] = []
  let frozen = true
  const thaw = async () => {
    if (!frozen) return
    frozen = false
    await execa('fsfreeze', ['-u', mountPoint])
    if (guard.pid !== undefined) process.kill(-guard.pid, 'SIGKILL')
  }
  return {
    folder: mountPoint,
    async trap(cgroup, pidNamespaceOf) {
      // It joins the group first: nothing can be moved that sleeps uninterruptibly.
      const script = 'echo 0 > "$1/cgroup.procs"; exec dd if=/dev/zero of="$2/file" bs=4k count=1'
      const enter = ['--pid', '--target', String(pidNamespaceOf), '--', 'sh', '-c', script, 'sh']
      trapped.push(spawn('nsenter', [...enter, cgroup, mountPoint], { stdio: 'ignore', cwd: '/' }))
      const end = Date.now() + 5000
      while (!(await hasSleeper(cgroup))) {
        if (Date.now() > end) throw new Error(`no process of ${cgroup} sleeps uninterruptibly`)
        await pause(50)
      }
    },
    thaw,
    async remove() {
      await thaw()
      for (const child of trapped) child.kill('SIGKILL')
      await execa('umount', ['-l', mountPoint])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function hasSleeper(cgroup: string): Promise<boolean> {
  const script =
    'for p in $(cat "$1/cgroup.procs"); do grep -q "^State:.D" /proc/$p/status && exit 0; done; exit 1'
  return (await execa('sh', ['-c', script, 'sh', cgroup], { reject: false })).exitCode === 0
}
