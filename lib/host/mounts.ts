import { readFileSync } from 'node:fs'

/** One line of /proc/self/mountinfo (proc(5)). */
export interface Mount {
  readonly id: number
  readonly parent: number
  /** `major:minor`. */
  readonly device: string
  /** Which directory of the filesystem is mounted: `/`, or a bind mount's own. */
  readonly root: string
  readonly mountPoint: string
  /** Of this mount and of the filesystem together: `ro`, `noexec`, `addr=...`. */
  readonly options: readonly string[]
  readonly fstype: string
  readonly source: string
}

/** The mounts of this process's namespace. Reading the table touches no filesystem. */
export function readMounts(): readonly Mount[] {
  return parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'))
}

/** Lines that are not of the known form are left out. */
export function parseMountInfo(text: string): readonly Mount[] {
  const mounts: Mount[] = []
  for (const line of text.split('\n')) {
    const fields = line.split(' ')
    const dash = fields.indexOf('-', 6)
    const [id, parent, device, root, mountPoint, options] = fields
    if (dash < 0 || device === undefined || root === undefined || mountPoint === undefined) continue
    mounts.push({
      id: Number(id),
      parent: Number(parent),
      device,
      root: unescaped(root),
      mountPoint: unescaped(mountPoint),
      // Of one mount in a hundred: a monitor reads the table every few seconds.
      get options() {
        return [...new Set(`${options},${fields[dash + 3] ?? ''}`.split(',').filter(Boolean))]
      },
      fstype: unescaped(fields[dash + 1] ?? ''),
      source: unescaped(fields[dash + 2] ?? ''),
    })
  }
  return mounts
}

/** The kernel writes blanks, line breaks, `#` and backslashes in names as three octal digits. */
function unescaped(field: string): string {
  if (!field.includes('\\')) return field
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

/**
 * The mount that a path lies on, by the table alone: nothing is touched, so a hung filesystem cannot
 * hold the caller up. A symbolic link in the path is therefore not followed. A mount hidden by a later
 * one further up is not taken.
 */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  const wanted = plainPath(path)
  const ids = new Set(mounts.map(mount => mount.id))
  let current = mounts.find(
    mount => mount.mountPoint === '/' && !(ids.has(mount.parent) && mount.parent !== mount.id),
  )
  // In a chroot whose top is no mount the table has no root: the longest, latest mount point decides.
  if (current === undefined)
    return mounts.reduce<Mount | undefined>((best, mount) => {
      const nearer = mount.mountPoint.length >= (best?.mountPoint.length ?? 0)
      return nearer && isAtOrUnder(wanted, mount.mountPoint) ? mount : best
    }, undefined)
  for (;;) {
    const next = firstCrossed(wanted, current, mounts)
    if (next === undefined) return current
    current = next
  }
}

/** On the way down a path from the top of a mount: the mount that is met first, the latest at one point. */
function firstCrossed(path: string, from: Mount, mounts: readonly Mount[]): Mount | undefined {
  let first: Mount | undefined
  for (const mount of mounts) {
    if (mount.parent !== from.id || mount.id === from.id || !isAtOrUnder(path, mount.mountPoint)) continue
    if (first === undefined || mount.mountPoint.length <= first.mountPoint.length) first = mount
  }
  return first
}

function isAtOrUnder(path: string, directory: string): boolean {
  return directory === '/' || path === directory || path.startsWith(`${directory}/`)
}

/** Without empty parts, `.` and `..`. */
function plainPath(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

const localTypes = new Set([
  ...['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'f2fs', 'jfs', 'reiserfs', 'bcachefs', 'zfs', 'nilfs2'],
  ...['vfat', 'exfat', 'msdos', 'ntfs3', 'iso9660', 'udf', 'squashfs', 'erofs'],
  ...['tmpfs', 'ramfs', 'rootfs', 'devtmpfs', 'overlay', 'aufs', 'hugetlbfs'],
  ...['proc', 'sysfs', 'cgroup', 'cgroup2', 'devpts', 'securityfs', 'debugfs', 'tracefs', 'configfs', 'bpf'],
])

/**
 * Whether a filesystem type is served by this machine's kernel alone. Network, cluster (ocfs2, gfs2),
 * FUSE and automount types are not, and neither is any type that is not known: those may hang.
 */
export function isLocalFilesystem(fstype: string): boolean {
  return localTypes.has(fstype)
}

/** Whether a path lies, by its text, on a filesystem of this machine; nothing of it is touched. */
export function isLocalPath(path: string, mounts: readonly Mount[] = readMounts()): boolean {
  const mount = mountOf(path, mounts)
  return mount !== undefined && isLocalFilesystem(mount.fstype)
}
