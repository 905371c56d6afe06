/** Series by name and labels, in promtool's notation of values, a value a minute. */
type Series = Readonly<Record<string, string>>

const stack = 'agent="compose-stack",resource="p_stack"'
const watch = 'agent="network-peripheral",resource="p_radio"'
const share = 'agent="nfs-ocfs2-export",resource="p_share"'
const monitor = 'action="monitor",depth="0"'
const start = 'action="start",depth="0"'

/** A house in which all is well: a stack on n1, at rest on n2, a peripheral and a share. */
export const well: Series = {
  [`haha_resource_active{instance="n1",${stack}}`]: '1x60',
  [`haha_resource_active{instance="n2",${stack}}`]: '0x60',
  [`haha_resource_action_timestamp_seconds{instance="n1",${stack},${monitor}}`]: '0+60x60',
  [`haha_resource_action_interval_seconds{instance="n1",${stack},${monitor}}`]: '20x60',
  [`haha_resource_action_timeout_seconds{instance="n1",${stack},${monitor}}`]: '30x60',
  [`haha_resource_action_duration_seconds{instance="n1",${stack},${monitor}}`]: '0.2x60',
  [`haha_resource_action_timeout_seconds{instance="n1",${stack},${start}}`]: '300x60',
  [`haha_resource_action_duration_seconds{instance="n1",${stack},${start}}`]: '100x60',
  [`haha_resource_action_result{instance="n1",${stack},${monitor}}`]: '0x60',
  [`haha_resource_action_result{instance="n2",${stack},action="probe",depth="0"}`]: '7x60',
  [`haha_resource_actions_total{instance="n1",${stack},${monitor},code="0"}`]: '0+3x60',
  [`haha_resource_actions_total{instance="n1",${stack},${monitor},code="1"}`]: '0x60',
  [`haha_resource_cure_steps{instance="n1",${stack},cure="restart web"}`]: '1x60',
  [`haha_peripheral_down_for_all{instance="n1",${watch},peripheral="radio"}`]: '0x60',
  [`haha_peripheral_reachable{instance="n1",${watch},peripheral="radio"}`]: '1x60',
  [`haha_peripheral_radio_hung{instance="n1",${watch},peripheral="radio"}`]: '0x60',
  [`haha_peripheral_power_owed{instance="n1",${watch},peripheral="radio"}`]: '0x60',
  [`haha_peripheral_power_cycles{instance="n1",${watch},peripheral="radio"}`]: '1x60',
  [`haha_storage_drbd_peer_connected{instance="n1",${share},volume="share/0",peer="n2"}`]: '1x60',
  [`haha_storage_drbd_peer_up_to_date{instance="n1",${share},volume="share/0",peer="n2"}`]: '1x60',
  [`haha_storage_drbd_peer_connected{instance="n1",${share},volume="share/0",peer="tie"}`]: '1x60',
  [`haha_storage_drbd_suspended{instance="n1",${share},volume="share/0"}`]: '0x60',
  [`haha_storage_drbd_quorum{instance="n1",${share},volume="share/0"}`]: '1x60',
  [`haha_storage_ocfs2_heartbeat_age_seconds{instance="n1",${share},region="R"}`]: '1.9x60',
  [`haha_storage_ocfs2_heartbeat_limit_seconds{instance="n1",${share},region="R"}`]: '12x60',
  [`haha_storage_ocfs2_lock_wait_seconds{instance="n1",${share},filesystem="F"}`]: '0x60',
  [`haha_storage_write_seconds{instance="n1",${share}}`]: '0.02x60',
  'haha_drill_last_run_timestamp_seconds{instance="n1",kind="move",resource="g_house"}': '-86400x60',
  'haha_drill_success{instance="n1",kind="move",resource="g_house"}': '1x60',
}

export interface Scenario {
  readonly what: string
  /** What differs from the house in which all is well. */
  readonly but: Series
  /** In minutes. */
  readonly at: number
  readonly fires: readonly string[]
}

const p = 'instance="n1"'
export const scenarios: readonly Scenario[] = [
  { what: 'all is well', but: {}, at: 30, fires: [] },
  {
    what: 'the agent hangs or the node has left the cluster, and nobody looks any more',
    but: { [`haha_resource_action_timestamp_seconds{${p},${stack},${monitor}}`]: '0+60x10 600x50' },
    at: 13,
    fires: ['HahaMonitorSilent'],
  },
  {
    what: 'monitors are silent where the resource is at rest',
    but: {
      [`haha_resource_active{instance="n2",${stack}}`]: '1x60',
      [`haha_resource_active{${p},${stack}}`]: '0x60',
      [`haha_resource_action_timestamp_seconds{${p},${stack},${monitor}}`]: '0+60x10 600x50',
    },
    at: 30,
    fires: [],
  },
  {
    what: 'the stack was stopped everywhere',
    but: { [`haha_resource_active{${p},${stack}}`]: '1x10 0x50' },
    at: 15,
    fires: ['HahaResourceNowhere'],
  },
  {
    what: 'the stack moves, and runs nowhere for a minute',
    but: {
      [`haha_resource_active{${p},${stack}}`]: '1x10 0x50',
      [`haha_resource_active{instance="n2",${stack}}`]: '0x11 1x50',
    },
    at: 12,
    fires: [],
  },
  {
    what: 'two nodes run one stack',
    but: { [`haha_resource_active{instance="n2",${stack}}`]: '0x10 1x50' },
    at: 14,
    fires: ['HahaStackTwice'],
  },
  {
    what: 'a node is back, and its file still tells of the time before',
    but: {
      [`haha_resource_active{instance="n2",${stack}}`]: '_x10 1x50',
      [`haha_resource_action_timestamp_seconds{instance="n2",${stack},${monitor}}`]: '_x10 60x50',
      [`haha_resource_action_interval_seconds{instance="n2",${stack},${monitor}}`]: '_x10 20x50',
      [`haha_resource_action_timeout_seconds{instance="n2",${stack},${monitor}}`]: '_x10 30x50',
    },
    at: 20,
    fires: ['HahaMonitorSilent'],
  },
  {
    what: 'a monitor failed once between two scrapes',
    but: { [`haha_resource_actions_total{${p},${stack},${monitor},code="1"}`]: '0x10 1x50' },
    at: 12,
    fires: ['HahaActionFailed'],
  },
  {
    what: 'that was long ago',
    but: { [`haha_resource_actions_total{${p},${stack},${monitor},code="1"}`]: '0x10 1x50' },
    at: 40,
    fires: [],
  },
  {
    what: 'a start failed just now, and the stack went elsewhere',
    but: {
      [`haha_resource_action_result{instance="n2",${stack},${start}}`]: '_x10 1x50',
      [`haha_resource_actions_total{instance="n2",${stack},${start},code="1"}`]: '0x10 1x50',
    },
    at: 12,
    fires: ['HahaActionFailed'],
  },
  {
    what: 'that start was long ago, and none has succeeded there since',
    but: {
      [`haha_resource_action_result{instance="n2",${stack},${start}}`]: '_x10 1x50',
      [`haha_resource_actions_total{instance="n2",${stack},${start},code="1"}`]: '0x10 1x50',
    },
    at: 40,
    fires: [],
  },
  {
    what: 'monitors have been failing all the time',
    but: { [`haha_resource_action_result{${p},${stack},${monitor}}`]: '1x60' },
    at: 50,
    fires: ['HahaActionFailed'],
  },
  {
    what: 'a monitor has been degraded for a while',
    but: {
      [`haha_resource_action_result{${p},${stack},${monitor}}`]: '190x60',
      [`haha_resource_degraded{${p},${stack},reason="service_web"}`]: '1x60',
    },
    at: 10,
    fires: ['HahaResourceDegraded'],
  },
  {
    what: 'a start took most of its timeout',
    but: { [`haha_resource_action_duration_seconds{${p},${stack},${start}}`]: '250x60' },
    at: 1,
    fires: ['HahaActionNearTimeout'],
  },
  {
    what: 'a service is restarted in place again and again',
    but: { [`haha_resource_cure_steps{${p},${stack},cure="restart web"}`]: '3x60' },
    at: 1,
    fires: ['HahaCuresRepeat'],
  },
  {
    what: 'a peripheral is dead',
    but: { [`haha_peripheral_down_for_all{${p},${watch},peripheral="radio"}`]: '0x10 1x50' },
    at: 13,
    fires: ['HahaPeripheralDownForAll'],
  },
  {
    what: 'one node alone does not reach it',
    but: { [`haha_peripheral_reachable{${p},${watch},peripheral="radio"}`]: '0x60' },
    at: 10,
    fires: ['HahaPeripheralUnreachable'],
  },
  {
    what: 'its radio hangs',
    but: { [`haha_peripheral_radio_hung{${p},${watch},peripheral="radio"}`]: '1x60' },
    at: 1,
    fires: ['HahaRadioHung'],
  },
  {
    what: 'its power was cut and not given back',
    but: { [`haha_peripheral_power_owed{${p},${watch},peripheral="radio"}`]: '1x60' },
    at: 5,
    fires: ['HahaPowerOwed'],
  },
  {
    what: 'it needs its third power-cycle of the day',
    but: { [`haha_peripheral_power_cycles{${p},${watch},peripheral="radio"}`]: '3x60' },
    at: 1,
    fires: ['HahaPowerCycledOften'],
  },
  {
    what: 'the second leg syncs',
    but: {
      [`haha_storage_drbd_peer_up_to_date{${p},${share},volume="share/0",peer="n2"}`]: '0x60',
    },
    at: 5,
    fires: ['HahaStorageOneLeg'],
  },
  {
    what: 'the second leg is gone',
    but: {
      [`haha_storage_drbd_peer_connected{${p},${share},volume="share/0",peer="n2"}`]: '0x60',
    },
    at: 10,
    fires: ['HahaDrbdPeerGone', 'HahaStorageOneLeg'],
  },
  {
    what: 'the tiebreaker has been StandAlone for days',
    but: { [`haha_storage_drbd_peer_connected{${p},${share},volume="share/0",peer="tie"}`]: '0x60' },
    at: 10,
    fires: ['HahaDrbdPeerGone'],
  },
  {
    what: 'DRBD waits for its quorum',
    but: { [`haha_storage_drbd_quorum{${p},${share},volume="share/0"}`]: '0x60' },
    at: 1,
    fires: ['HahaDrbdSuspended'],
  },
  {
    what: 'the heartbeat of OCFS2 is late',
    but: { [`haha_storage_ocfs2_heartbeat_age_seconds{${p},${share},region="R"}`]: '6.1x60' },
    at: 1,
    fires: ['HahaOcfs2HeartbeatLate'],
  },
  {
    what: 'a lock of OCFS2 is waited for in vain',
    but: { [`haha_storage_ocfs2_lock_wait_seconds{${p},${share},filesystem="F"}`]: '0x10 5+60x50' },
    at: 15,
    fires: ['HahaOcfs2LockWait'],
  },
  {
    what: 'writes have been slow for long',
    but: { [`haha_storage_write_seconds{${p},${share}}`]: '3x60' },
    at: 20,
    fires: ['HahaStorageSlow'],
  },
]
