import { expect, test } from 'vitest'
import { blockedFaults, stillBlocked } from '../../../agents/nfs-ocfs2-export/blocked-tasks.ts'
import { durabilityFaults } from '../../../agents/nfs-ocfs2-export/durability.ts'
import { judgeGround } from '../../../agents/nfs-ocfs2-export/filesystem.ts'
import { elapsedOf, heartbeatFaults } from '../../../agents/nfs-ocfs2-export/heartbeat.ts'
import { parseMountInfo } from '../../../lib/host/mounts.ts'

const mounts = parseMountInfo(
  [
    '20 1 254:0 / / rw - ext4 /dev/vda rw',
    '30 20 147:0 / /srv/share rw,noatime - ocfs2 /dev/drbd0 rw,heartbeat=local',
  ].join('\n'),
)
const numbers: Readonly<Record<string, string>> = {
  '/dev/drbd/by-res/share/0': '147:0',
  '/dev/drbd1': '147:1',
}
const judge = (directory: string, device?: string, mountpoint?: string, fstype = 'ocfs2') =>
  judgeGround({ directory, fstype, device, mountpoint }, mounts, name => numbers[name])

test('a directory on the mounted filesystem is right, by the name of its device or by its number', () => {
  expect(judge('/srv/share/data').kind).toBe('right')
  expect(judge('/srv/share', '/dev/drbd0', '/srv/share').kind).toBe('right')
  expect(judge('/srv/share', '/dev/drbd/by-res/share/0').kind).toBe('right')
})

test.each([
  ['the mount is missing', judge('/srv/other')],
  ['another device is mounted', judge('/srv/share', '/dev/drbd1')],
  ['it is another mount point', judge('/srv/share', undefined, '/srv')],
  ['it is another type', judge('/srv/share', undefined, undefined, 'gfs2')],
])('it is wrong when %s', (_, ground) => {
  expect(ground).toMatchObject({ kind: 'wrong', reason: expect.stringContaining('/srv') })
})

test('OCFS2 without sync loses what NFS clients believe safe, where they may write', () => {
  const mount = (type: string, options: string) =>
    parseMountInfo(`30 20 147:0 / /srv/share rw,noatime - ${type} /dev/drbd0 ${options}`)
  const faults = (type: string, options: string, isWritable = true) =>
    mount(type, options).flatMap(one => durabilityFaults(one, isWritable))
  expect(faults('ocfs2', 'rw,data=ordered')[0]?.reason).toContain('/srv/share is mounted without sync')
  expect(faults('ocfs2', 'rw,sync,data=ordered')).toEqual([])
  expect(faults('ocfs2', 'rw', false)).toEqual([])
  expect(faults('ext4', 'rw')).toEqual([])
})

test('a heartbeat that is late is told with the time at which the node resets itself', () => {
  const region = (elapsedMs: number) => [{ region: 'ABC', elapsedMs, fatalMs: 12_000 }]
  expect(heartbeatFaults(region(1356))).toEqual([])
  expect(heartbeatFaults(region(6104))[0]?.reason).toContain('6104 ms old; at 12000 ms')
  expect(elapsedOf('1356\n')).toBe(1356)
  expect(elapsedOf('')).toBeUndefined()
})

test('only tasks that stay in one place of the storage are hung', () => {
  const task = (pid: number, waitsIn: string, name = 'cp') => ({ pid, name, waitsIn })
  const first = [task(1, 'io_schedule'), task(2, '__ocfs2_cluster_lock')]
  expect(
    stillBlocked(first, [task(1, 'wait_on_page'), task(2, '__ocfs2_cluster_lock'), task(3, 'x')]),
  ).toEqual([task(2, '__ocfs2_cluster_lock')])
  expect(blockedFaults([task(1, 'nfs_wait_bit_killable')])).toEqual([])
  expect(blockedFaults([task(2, '__ocfs2_cluster_lock')])[0]?.reason).toContain(
    'pid 2) in __ocfs2_cluster_lock',
  )
})
