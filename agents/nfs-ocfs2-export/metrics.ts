import { mountOf, readMounts } from '../../lib/host/mounts.ts'
import { kernelText } from '../../lib/host/processes.ts'
import { counter, gauge, type Sample, sample } from '../../lib/metrics/metric.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { booleanAt, items, itemsAt, type Json, numberAt, stringAt } from '../../lib/ocf/json.ts'
import { type HeartbeatRegion, readHeartbeats } from './heartbeat.ts'
import { type LockWaits, readLockWaits } from './lock-waits.ts'
import type { Settings } from './parameters.ts'
import { type ExportRecord, readRecord } from './record.ts'

export const storageMetrics = {
  write: gauge(
    'haha_storage_write_seconds',
    'How long the last test write of depth 20 took, fsync included.',
  ),
  read: gauge('haha_storage_read_seconds', 'How long it took to read that write back.'),
  disk: gauge(
    'haha_storage_drbd_disk_up_to_date',
    '1 while the own disk of a DRBD volume is UpToDate.',
    'volume',
  ),
  suspended: gauge('haha_storage_drbd_suspended', '1 while DRBD lets all writers wait.', 'volume'),
  quorum: gauge('haha_storage_drbd_quorum', '1 while a DRBD volume has its quorum.', 'volume'),
  connected: gauge(
    'haha_storage_drbd_peer_connected',
    '1 while a peer of DRBD is connected.',
    'volume',
    'peer',
  ),
  peerDisk: gauge(
    'haha_storage_drbd_peer_up_to_date',
    '1 while the disk of a peer is UpToDate; none for a tiebreaker without a disk.',
    'volume',
    'peer',
  ),
  heartbeat: gauge(
    'haha_storage_ocfs2_heartbeat_age_seconds',
    'How old the last disk heartbeat of OCFS2 is.',
    'region',
  ),
  heartbeatLimit: gauge(
    'haha_storage_ocfs2_heartbeat_limit_seconds',
    'At which age the node resets itself.',
    'region',
  ),
  locksWaitedFor: gauge(
    'haha_storage_ocfs2_locks_waited_for',
    'OCFS2 locks that this node waits for now.',
    'filesystem',
  ),
  lockWait: gauge(
    'haha_storage_ocfs2_lock_wait_seconds',
    'For how long the one that it has been waiting for longest.',
    'filesystem',
  ),
  lockWaitWorst: gauge(
    'haha_storage_ocfs2_lock_wait_worst_seconds',
    'The longest wait that a lock still in memory has seen.',
    'filesystem',
  ),
  operations: counter(
    'haha_storage_device_operations_total',
    "Reads and writes that the export's device has completed.",
    'device',
    'direction',
  ),
  operationSeconds: counter(
    'haha_storage_device_operation_seconds_total',
    'Time that those reads and writes took, added up.',
    'device',
    'direction',
  ),
} as const

/** The record of the last looks, and kernel memory as it is now. */
export function samples({ recorded, settings }: Action<Settings>): readonly Sample[] {
  const record = readRecord(recorded)
  const mount = mountOf(settings.directory, readMounts())
  return [
    ...(record === undefined ? [] : latencySamples(record)),
    ...items(record?.drbd).flatMap(drbdSamples),
    ...heartbeatSamples(readHeartbeats()),
    ...lockSamples(readLockWaits(Date.now())),
    ...(mount === undefined
      ? []
      : deviceSamples(mount.source, kernelText(`/sys/dev/block/${mount.device}/stat`))),
  ]
}

function latencySamples({ latencies }: ExportRecord): readonly Sample[] {
  return latencies === undefined
    ? []
    : [
        sample(storageMetrics.write, latencies.writeMs / 1000, {}),
        sample(storageMetrics.read, latencies.readMs / 1000, {}),
      ]
}

/** A volume as the record holds it: {@link drbdRecord} wrote a DrbdVolume. */
export function drbdSamples(json: Json): readonly Sample[] {
  const volume = `${stringAt(json, 'resource') ?? 'drbd'}/${numberAt(json, 'minor') ?? 0}`
  const own = [
    sample(storageMetrics.disk, stringAt(json, 'disk') === 'UpToDate', { volume }),
    sample(storageMetrics.suspended, booleanAt(json, 'suspended') === true, { volume }),
    sample(storageMetrics.quorum, booleanAt(json, 'quorum') === true, { volume }),
  ]
  const legs = itemsAt(json, 'peers').flatMap(peer => {
    const which = { volume, peer: stringAt(peer, 'name') ?? 'a peer' }
    const connected = stringAt(peer, 'connection') === 'Connected'
    const leg = [sample(storageMetrics.connected, connected, which)]
    if (booleanAt(peer, 'diskless') !== true)
      leg.push(sample(storageMetrics.peerDisk, stringAt(peer, 'disk') === 'UpToDate', which))
    return leg
  })
  return [...own, ...legs]
}

export function heartbeatSamples(regions: readonly HeartbeatRegion[]): readonly Sample[] {
  return regions.flatMap(({ region, elapsedMs, fatalMs }) => [
    sample(storageMetrics.heartbeat, elapsedMs / 1000, { region }),
    sample(storageMetrics.heartbeatLimit, fatalMs / 1000, { region }),
  ])
}

export function lockSamples(waits: ReadonlyMap<string, LockWaits>): readonly Sample[] {
  return [...waits].flatMap(([filesystem, { waitedFor, longestMs, worstMs }]) => [
    sample(storageMetrics.locksWaitedFor, waitedFor, { filesystem }),
    sample(storageMetrics.lockWait, longestMs / 1000, { filesystem }),
    sample(storageMetrics.lockWaitWorst, worstMs / 1000, { filesystem }),
  ])
}

/** Fields of /sys/dev/block/M:N/stat: Linux, Documentation/block/stat.rst. None where it is not that. */
export function deviceSamples(device: string, stat: string): readonly Sample[] {
  const [reads, , , readMs, writes, , , writeMs] = stat.trim().split(/\s+/).map(Number)
  if (reads === undefined || readMs === undefined || writes === undefined || writeMs === undefined) return []
  const read = { device, direction: 'read' }
  const write = { device, direction: 'write' }
  return [
    sample(storageMetrics.operations, reads, read),
    sample(storageMetrics.operations, writes, write),
    sample(storageMetrics.operationSeconds, readMs / 1000, read),
    sample(storageMetrics.operationSeconds, writeMs / 1000, write),
  ]
}
