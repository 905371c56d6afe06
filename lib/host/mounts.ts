import { readFileSync } from 'node:fs'

/** One line of /proc/self/mountinfo. */
export interface Mount {
  readonly mountPoint: string
  /** What of the filesystem is mounted here, `/` unless it is a bind mount or a subvolume. */
  readonly root: string
  readonly fstype: string
  readonly source: string
  readonly options: readonly string[]
}

/** Filesystems that live on this machine alone and do not wait for another one. */
const localTypes = new Set([
  ...['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'zfs', 'f2fs', 'vfat', 'squashfs', 'erofs', 'iso9660'],
  ...['tmpfs', 'ramfs', 'rootfs', 'devtmpfs', 'overlay', 'proc', 'sysfs', 'cgroup', 'cgroup2'],
])

/** Network, cluster, FUSE and unknown filesystems may hang, and whoever touches them with them. */
export function isLocalFilesystem(fstype: string): boolean {
  return localTypes.has(fstype)
}

/** The mount table of this process; reading it touches no mounted filesystem. */
export function readMounts(): readonly Mount[] {
  return parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'))
}

/** Parses mountinfo (man 5 proc): optional fields end at a lone `-`. */
export function parseMountInfo(text: string): readonly Mount[] {
  const mounts: Mount[] = []
  for (const line of text.split('\n')) {
    const fields = line.split(' ')
    const dash = fields.indexOf('-', 6)
    const [, , , root, mountPoint, options] = fields
    const fstype = fields[dash + 1]
    const source = fields[dash + 2]
    if (dash < 0 || root === undefined || mountPoint === undefined || fstype === undefined) continue
    mounts.push({
      mountPoint: unescaped(mountPoint),
      root: unescaped(root),
      fstype,
      source: unescaped(source ?? ''),
      options: [...(options ?? '').split(','), ...(fields[dash + 3] ?? '').split(',')],
    })
  }
  return mounts
}

/** The kernel writes space, tab, line break and backslash as three octal digits. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}

/** The mount that an absolute path lies on by its text; symlinks are not followed, nothing is touched. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  let found: Mount | undefined
  for (const mount of mounts) {
    const prefix = mount.mountPoint === '/' ? '/' : `${mount.mountPoint}/`
    // The last of several mounts on one point hides the others.
    if (`${path}/`.startsWith(prefix) && mount.mountPoint.length >= (found?.mountPoint.length ?? 0))
      found = mount
  }
  return found
}

/** Whether a path lies on a filesystem of this machine by its text. */
export function isLocalPath(path: string): boolean {
  const mount = mountOf(path, readMounts())
  return mount !== undefined && isLocalFilesystem(mount.fstype)
}
