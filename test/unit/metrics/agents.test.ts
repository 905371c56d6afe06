import { expect, test } from 'vitest'
import { parseDrbdStatus, parseProcDrbd } from '../../../agents/nfs-ocfs2-export/drbd.ts'
import { noWaits, withLock } from '../../../agents/nfs-ocfs2-export/lock-waits.ts'
import {
  deviceSamples,
  drbdSamples,
  heartbeatSamples,
  lockSamples,
} from '../../../agents/nfs-ocfs2-export/metrics.ts'
import {
  drbdRecord,
  newRecord,
  readRecord,
  remember,
  saveRecord,
} from '../../../agents/nfs-ocfs2-export/record.ts'
import { expositionText } from '../../../lib/metrics/exposition.ts'
import type { Sample } from '../../../lib/metrics/metric.ts'
import { items, type Json } from '../../../lib/ocf/json.ts'

function lines(samples: readonly Sample[]): readonly string[] {
  return expositionText(samples, {})
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
}

/** A state file's section in memory that counts how often it was written. */
function section() {
  let kept: Json | undefined
  let writes = 0
  const save = (record: Json) => {
    kept = record
    writes += 1
  }
  const trySave = (record: Json) => {
    save(record)
    return undefined
  }
  return { read: () => kept, save, trySave, writes: () => writes }
}

const record = newRecord('/srv', ['*'])

test('DRBD 9 as a look saw it is told leg by leg, a tiebreaker without a disk of its own', () => {
  const status = `[{"name":"share","devices":[{"volume":0,"minor":7,"disk-state":"UpToDate","quorum":true}],
    "connections":[
      {"name":"n2","connection-state":"Connected","peer_devices":[{"volume":0,"peer-disk-state":"Inconsistent"}]},
      {"name":"tie","connection-state":"StandAlone","peer_devices":[{"volume":0,"peer-disk-state":"Diskless","peer-client":true}]}]}]`
  const kept = section()
  saveRecord(kept, record)
  remember(kept, { drbd: drbdRecord(parseDrbdStatus(status) ?? []) })
  expect(lines(items(readRecord(kept)?.drbd).flatMap(drbdSamples))).toEqual([
    'haha_storage_drbd_disk_up_to_date{volume="share/7"} 1',
    'haha_storage_drbd_suspended{volume="share/7"} 0',
    'haha_storage_drbd_quorum{volume="share/7"} 1',
    'haha_storage_drbd_peer_connected{volume="share/7",peer="n2"} 1',
    'haha_storage_drbd_peer_connected{volume="share/7",peer="tie"} 0',
    'haha_storage_drbd_peer_up_to_date{volume="share/7",peer="n2"} 0',
  ])
})

test('DRBD that has not changed is not written down again, and other parts of the record stay', () => {
  const volumes = parseProcDrbd(' 0: cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown   s-----\n')
  const kept = section()
  saveRecord(kept, { ...record, latencies: { writeMs: 5, readMs: 1 } })
  remember(kept, { drbd: drbdRecord(volumes) })
  remember(kept, { drbd: drbdRecord(volumes) })
  expect(kept.writes()).toBe(2)
  expect(readRecord(kept)).toMatchObject({ directory: '/srv', latencies: { writeMs: 5, readMs: 1 } })
  expect(lines(items(readRecord(kept)?.drbd).flatMap(drbdSamples))).toContain(
    'haha_storage_drbd_suspended{volume="drbd/0"} 1',
  )
})

test('what the kernel counts of a device becomes operations and the time they took', () => {
  const stat = '    120  3  4096  1500  80  9  2048  640  0  1100  2140  0 0 0 0 0 0\n'
  expect(lines(deviceSamples('/dev/drbd0', stat))).toEqual([
    'haha_storage_device_operations_total{device="/dev/drbd0",direction="read"} 120',
    'haha_storage_device_operations_total{device="/dev/drbd0",direction="write"} 80',
    'haha_storage_device_operation_seconds_total{device="/dev/drbd0",direction="read"} 1.5',
    'haha_storage_device_operation_seconds_total{device="/dev/drbd0",direction="write"} 0.64',
  ])
  for (const none of ['', '\n', 'no such file']) expect(lines(deviceSamples('tmpfs', none))).toEqual([])
})

test('the age of a disk heartbeat stands beside the age at which the node resets itself', () => {
  expect(lines(heartbeatSamples([{ region: 'ABC', elapsedMs: 1356, fatalMs: 12_000 }]))).toEqual([
    'haha_storage_ocfs2_heartbeat_age_seconds{region="ABC"} 1.356',
    'haha_storage_ocfs2_heartbeat_limit_seconds{region="ABC"} 12',
  ])
})

/** One lock as fs/ocfs2/dlmglue.c prints it; times in microseconds. */
function lock(version: number, worstShared: number, worstExclusive: number, waitingSince?: number): string {
  const own = [
    `0x${version}`,
    'M000000000000000000abcdef01234567',
    '5',
    '0x41',
    '0x0',
    '0x0',
    '0',
    '1',
    '5',
    '-1',
  ]
  const valueBlock = Array.from({ length: 64 }, () => '0x0')
  const counts = ['12', '3', '0', '0', '812000', '95000000', worstShared, worstExclusive, '2']
  const since = version === 4 ? ['1800000000000000', '1800000001000000', waitingSince ?? 0] : []
  return `${[...own, ...valueBlock, ...counts, ...since].join('\t')}\t`
}

test('locks that another node holds are told: how many are waited for, how long, and the worst so far', () => {
  const nowMs = 1_800_000_010_000
  const locks = [
    lock(4, 900, 95_000),
    lock(4, 0, 0, 1_800_000_008_000_000),
    lock(4, 0, 0, 1_800_000_003_500_000),
  ]
  const waits = locks.reduce((sum, line) => withLock(sum, line, nowMs), noWaits)
  expect(waits).toEqual({ waitedFor: 2, longestMs: 6500, worstMs: 95 })
  expect(withLock(noWaits, lock(3, 40_000, 1), nowMs)).toEqual({ ...noWaits, worstMs: 40 })
  for (const foreign of ['', '0x2\tM1\t5', '0x5\tM1', 'garbage', '0x4\tcut off'])
    expect(withLock(noWaits, foreign, nowMs)).toEqual(noWaits)
})

test('OCFS2 waits are labelled by their filesystem', () => {
  const waits = new Map([['ABC', { waitedFor: 1, longestMs: 2500, worstMs: 40 }]])
  expect(lines(lockSamples(waits))).toEqual([
    'haha_storage_ocfs2_locks_waited_for{filesystem="ABC"} 1',
    'haha_storage_ocfs2_lock_wait_seconds{filesystem="ABC"} 2.5',
    'haha_storage_ocfs2_lock_wait_worst_seconds{filesystem="ABC"} 0.04',
  ])
})
