import type { NodeName } from '../lab/plan.ts'

/** The resource that watches the coordinator. */
export const WATCH = 'p_coordinator'
/** Of its monitor, in seconds; a home has 15. */
export const WATCH_SECONDS = 5
/** Where the nodes have the switch's SNMP community. */
export const COMMUNITY_FILE = '/etc/haha/switch.community'

/** What is watched, and what feeds it. */
export interface WatchedCoordinator {
  readonly address: string
  readonly port: number
  readonly mac: string
  readonly switchAddress: string
  readonly plug: string
  /** A node that may not run the stack. */
  readonly arbiter: NodeName
}

/** The clone that watches the coordinator from every worker, cures it through its switch, and binds the stack to it. */
export const watchConfiguration = (
  one: WatchedCoordinator,
): string => `primitive ${WATCH} ocf:haha:network-peripheral \\
  params name=coordinator targets=icmp://${one.address} \\
    session=${one.address}:${one.port} serial_ports=${one.address}:${one.port} \\
    recovery=power-cycle recovery_driver=poe recovery_ip=${one.switchAddress} recovery_plug=${one.plug} \\
    recovery_mac=${one.mac} recovery_password_file=${COMMUNITY_FILE} recovery_service=p_stack/zigbee2mqtt \\
  op start timeout=40s interval=0 \\
  op stop timeout=60s interval=0 \\
  op monitor interval=${WATCH_SECONDS}s timeout=45s
clone c_coordinator ${WATCH} meta interleave=true
location l_coordinator_arbiter c_coordinator resource-discovery=never -inf: ${one.arbiter}
location l_coordinator g_house rule -1000: coordinator lt 1
`
