import { expect, test } from 'vitest'
import { isLocalFilesystem, mountOf, parseMountInfo, readMounts } from '../../../lib/host/mounts.ts'

const table = parseMountInfo(`22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
23 22 0:5 / /dev rw - devtmpfs udev rw,size=1k
30 22 0:40 / /mnt/iot rw,noatime shared:5 master:2 - ocfs2 /dev/drbd0 rw,heartbeat=local
31 30 0:41 / /mnt/iot/deep ro - nfs4 nas:/x\\040y rw,addr=10.0.0.5
32 22 0:42 /sub /mnt/with\\040blank\\134s rw - fuse.sshfs me@nas: rw
33 22 0:43 / /over rw - ext4 /dev/sdb rw
34 33 0:44 / /over/inner rw - tmpfs tmpfs rw
35 33 0:45 / /over rw - nfs nas:/y rw
36 22 0:46 / /nosource rw - autofs  rw,fd=5
broken line
37 22 0:47 / /nodash rw ext4 x
`)

test('every line of the table is read, with blanks in names as blanks', () => {
  expect(table).toHaveLength(9)
  expect(table[3]).toMatchObject({
    id: 31,
    parent: 30,
    device: '0:41',
    mountPoint: '/mnt/iot/deep',
    fstype: 'nfs4',
    source: 'nas:/x y',
  })
  expect(table[3]?.options).toEqual(['ro', 'rw', 'addr=10.0.0.5'])
  expect(table[4]).toMatchObject({ root: '/sub', mountPoint: '/mnt/with blank\\s' })
  expect(table[8]).toMatchObject({ fstype: 'autofs', source: '' })
})

test.each([
  ['/', 'ext4'],
  ['/etc', 'ext4'],
  ['/mnt/iot', 'ocfs2'],
  ['/mnt/iot/', 'ocfs2'],
  ['/mnt/iot2', 'ext4'],
  ['/mnt//iot/./stack', 'ocfs2'],
  ['/mnt/iot/deep/x', 'nfs4'],
  ['/mnt/iot/deep/../y', 'ocfs2'],
  ['/mnt/with blank\\s/x', 'fuse.sshfs'],
  ['/nosource', 'autofs'],
])('%s lies on %s', (path, fstype) => {
  expect(mountOf(path, table)?.fstype).toBe(fstype)
})

test('a mount hidden by a later one above it is not taken', () => {
  expect(mountOf('/over/inner/x', table)?.id).toBe(35)
})

test('without a root in the table, as in a chroot, the nearest mount point decides', () => {
  const withoutRoot = table.filter(mount => mount.mountPoint !== '/')
  expect(mountOf('/mnt/iot/deep/x', withoutRoot)?.id).toBe(31)
  expect(mountOf('/etc', withoutRoot)).toBeUndefined()
})

test('the table of this machine has its /proc', () => {
  expect(mountOf('/proc/1', readMounts())?.fstype).toBe('proc')
})

test.each([
  ['ext4', true],
  ['tmpfs', true],
  ['overlay', true],
  ['nfs4', false],
  ['ocfs2', false],
  ['gfs2', false],
  ['fuse.sshfs', false],
  ['fuseblk', false],
  ['autofs', false],
  ['cifs', false],
  ['9p', false],
  ['ext9', false],
  ['', false],
])('filesystem type %j is local: %s', (fstype, local) => {
  expect(isLocalFilesystem(fstype)).toBe(local)
})
