import { peripheralMetrics as peripheral } from '../../agents/network-peripheral/metrics.ts'
import { storageMetrics as storage } from '../../agents/nfs-ocfs2-export/metrics.ts'
import { resourceMetrics as resource } from '../../lib/ocf/action-samples.ts'
import { drillMetrics as drill } from '../drill/metrics.ts'

/** One alerting rule of Prometheus. */
export interface Alert {
  readonly name: string
  /** PromQL; fires for each series that it gives. */
  readonly expr: string
  /** How long it must hold, as Prometheus writes times; 0m fires at once. */
  readonly for: string
  readonly severity: 'critical' | 'warning'
  /** One line, with labels in double braces. */
  readonly summary: string
  /** What to do. */
  readonly action: string
}

/** Codes that are no failure: success, not running, degraded (which has an alert of its own). */
const failed = 'code!~"0|7|190"'

/** No monitor has reported for three intervals, though the resource is active there. */
const silent =
  `time() - ${resource.timestamp.name}{action="monitor"} > ` +
  `3 * ${resource.interval.name} + ${resource.timeout.name} ` +
  `and on (instance, resource) ${resource.active.name} == 1`

/** A drill leaves its figures on the node it ran on: of several nodes the newest counts. */
const newestDrill = `topk by (kind, resource) (1, ${drill.lastRun.name})`

export const alerts: readonly Alert[] = [
  {
    name: 'HahaMonitorSilent',
    expr: silent,
    for: '1m',
    severity: 'critical',
    summary: '{{ $labels.resource }} on {{ $labels.instance }} is not watched: its monitor has not reported',
    action: 'crm_mon -1: is the node in the cluster, and the resource managed? In maintenance silence this.',
  },
  {
    name: 'HahaResourceNowhere',
    expr: `max by (agent, resource) (${resource.active.name}) == 0`,
    for: '3m',
    severity: 'critical',
    summary: '{{ $labels.resource }} runs on no node',
    action: 'crm_mon -1rf: was it stopped on purpose, or is every node banned? Then cleanup after mending.',
  },
  {
    name: 'HahaStackTwice',
    expr:
      `count by (resource) (${resource.active.name}{agent="compose-stack"} == 1 ` +
      `unless on (instance, resource) (${silent})) > 1`,
    for: '2m',
    severity: 'critical',
    summary: '{{ $labels.resource }} runs on {{ $value }} nodes at once',
    action:
      'Stop it on all but one by hand, and find out why fencing did not: stonith_admin --history "*" --verbose.',
  },
  {
    name: 'HahaActionFailed',
    expr:
      `increase(${resource.runs.name}{${failed}}[10m]) > 0 ` +
      `or ${resource.result.name}{action="monitor"} != 0 != 7 != 190`,
    for: '0m',
    severity: 'warning',
    summary: '{{ $labels.action }} of {{ $labels.resource }} failed on {{ $labels.instance }}',
    action: 'crm_mon -1rf tells the reason.',
  },
  {
    name: 'HahaResourceDegraded',
    expr: `${resource.degraded.name} == 1`,
    for: '5m',
    severity: 'warning',
    summary: '{{ $labels.resource }} on {{ $labels.instance }} is degraded: {{ $labels.reason }}',
    action: 'attrd_updater -QA -n haha-RESOURCE-REASON tells what was seen and what to do.',
  },
  {
    name: 'HahaActionNearTimeout',
    expr: `${resource.duration.name} / ${resource.timeout.name} > 0.7`,
    for: '0m',
    severity: 'warning',
    summary:
      '{{ $labels.action }} of {{ $labels.resource }} used over 70 % of its timeout on {{ $labels.instance }}',
    action: 'Configure twice the time that it took. A stop that runs out of time fences the node.',
  },
  {
    name: 'HahaCuresRepeat',
    expr: `${resource.cures.name} >= 3`,
    for: '0m',
    severity: 'warning',
    summary:
      '{{ $labels.cure }}: {{ $value }} times in place for {{ $labels.resource }} on {{ $labels.instance }}',
    action: 'What is cured again and again is not cured: see the log of the service.',
  },
  {
    name: 'HahaPeripheralDownForAll',
    expr: `max by (peripheral) (${peripheral.downForAll.name}) == 1`,
    for: '1m',
    severity: 'critical',
    summary: '{{ $labels.peripheral }} answers no node',
    action:
      'Look at the device, its power and its switch. No resource was moved, because that would not help.',
  },
  {
    name: 'HahaPeripheralUnreachable',
    expr: `${peripheral.reachable.name} == 0`,
    for: '5m',
    severity: 'warning',
    summary: '{{ $labels.instance }} alone does not reach {{ $labels.peripheral }}',
    action: 'Look at cable, switch port and addresses of that node.',
  },
  {
    name: 'HahaRadioHung',
    expr: `${peripheral.hung.name} == 1`,
    for: '0m',
    severity: 'critical',
    summary: 'the radio of {{ $labels.peripheral }} hangs behind a live port',
    action: 'Cut its power for ten seconds, and restart Zigbee2MQTT, unless recovery does that here.',
  },
  {
    name: 'HahaPowerOwed',
    expr: `${peripheral.powerOwed.name} == 1`,
    for: '2m',
    severity: 'critical',
    summary: 'the power of {{ $labels.peripheral }} was cut and is not on again',
    action: 'Switch it on by hand, and look at the switch or plug that does not answer.',
  },
  {
    name: 'HahaPowerCycledOften',
    expr: `max by (peripheral) (${peripheral.powerCycles.name}) >= 3`,
    for: '0m',
    severity: 'warning',
    summary: '{{ $labels.peripheral }} was power-cycled {{ $value }} times in a day',
    action: 'Look for new firmware of the radio, and at its power supply.',
  },
  {
    name: 'HahaStorageOneLeg',
    expr: `max by (instance, volume) (${storage.peerDisk.name} * ${storage.connected.name}) == 0`,
    for: '1m',
    severity: 'critical',
    summary: 'the data of {{ $labels.volume }} is on {{ $labels.instance }} alone',
    action: 'Mend the second leg before the first one fails: drbdadm status, dmesg.',
  },
  {
    name: 'HahaDrbdPeerGone',
    expr: `${storage.connected.name} == 0`,
    for: '5m',
    severity: 'warning',
    summary: '{{ $labels.peer }} is not connected to {{ $labels.volume }} on {{ $labels.instance }}',
    action:
      'drbdadm status: StandAlone is never retried, a lost tiebreaker costs quorum at the next failure.',
  },
  {
    name: 'HahaDrbdSuspended',
    expr: `${storage.suspended.name} == 1 or ${storage.quorum.name} == 0`,
    for: '0m',
    severity: 'critical',
    summary: 'DRBD lets the writers of {{ $labels.volume }} wait on {{ $labels.instance }}',
    action: 'drbdadm status: connect a peer, or find out which fence did not succeed.',
  },
  {
    name: 'HahaOcfs2HeartbeatLate',
    expr: `${storage.heartbeat.name} / ${storage.heartbeatLimit.name} > 0.4`,
    for: '0m',
    severity: 'critical',
    summary: 'the OCFS2 heartbeat of {{ $labels.instance }} is late; at its limit the node resets itself',
    action: 'Look at the device under it: drbdadm status, dmesg.',
  },
  {
    name: 'HahaOcfs2LockWait',
    expr: `${storage.lockWait.name} > 10`,
    for: '1m',
    severity: 'warning',
    summary: '{{ $labels.instance }} has been waiting {{ $value | humanizeDuration }} for a lock of OCFS2',
    action: 'Another node holds it, or is dead and not yet fenced: crm_mon -1, o2locktop, dmesg.',
  },
  {
    name: 'HahaStorageSlow',
    expr: `${storage.write.name} > 2`,
    for: '15m',
    severity: 'warning',
    summary: 'a small write with fsync takes {{ $value | humanizeDuration }} on {{ $labels.instance }}',
    action: 'A resync, a dying disk, or a peer behind a slow network: drbdadm status, smartctl.',
  },
  {
    name: 'HahaDrillFailed',
    expr: `${drill.success.name} == 0 and on (instance, kind, resource) ${newestDrill}`,
    for: '0m',
    severity: 'warning',
    summary: 'the last {{ $labels.kind }} drill of {{ $labels.resource }} failed on {{ $labels.instance }}',
    action:
      'Its record in /var/lib/haha-drill there tells what did not come back. Mend it, then drill again.',
  },
  {
    name: 'HahaDrillOverdue',
    expr: `time() - max by (resource) (${drill.lastRun.name}) > 35 * 86400`,
    for: '1h',
    severity: 'warning',
    summary: 'no failover of {{ $labels.resource }} was rehearsed for {{ $value | humanizeDuration }}',
    action: 'haha-drill move, at an hour when a short outage is no trouble.',
  },
]
