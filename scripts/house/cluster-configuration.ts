import { HOUSE_SERVICES, houseQuestion } from './services.ts'

/** What a home would tell crmsh about itself. */
export interface HomeCluster {
  /** Where the nodes see the shared folder. */
  readonly mount: string
  /** Compose directory below it. */
  readonly directory: string
  readonly vip: string
  /** Where the stack runs when nothing is wrong. */
  readonly preferred: string
  /** A node with nothing to run the stack on. */
  readonly arbiter: string
  readonly plugs: readonly { readonly node: string; readonly address: string }[]
}

/** Interval of the stack's cheap monitor, as its metadata advises. */
export const MONITOR_SECONDS = 20

/**
 * The stack behind its floating address, with a fencing device for each node. The devices live on the arbiter:
 * when a worker dies, none has to be started elsewhere before the stack.
 */
export function houseConfiguration({
  mount,
  directory,
  vip,
  preferred,
  arbiter,
  plugs,
}: HomeCluster): string {
  const probes = HOUSE_SERVICES.map(service => `${service}=${houseQuestion(service, '127.0.0.1')}`).join(' ')
  const fences = plugs.map(
    ({ node, address }) => `primitive fence-${node} stonith:fence_homelab \\
  params driver=tasmota ip=${address} pcmk_host_map="${node}:1" \\
  op monitor interval=300s timeout=20s
location l_fence-${node} fence-${node} -inf: ${node}
location l_fence-${node}_at fence-${node} 50: ${node === arbiter ? preferred : arbiter}`,
  )
  return `primitive p_vip ocf:heartbeat:IPaddr2 \\
  params ip=${vip} cidr_netmask=24 nic=eth0 \\
  op start timeout=20s interval=0 \\
  op stop timeout=20s interval=0 \\
  op monitor interval=10s timeout=20s
primitive p_stack ocf:haha:compose-stack \\
  params directory=${directory} required_mount=${mount} probes="${probes}" \\
  op start timeout=300s interval=0 \\
  op stop timeout=120s interval=0 \\
  op monitor interval=${MONITOR_SECONDS}s timeout=30s \\
  op monitor interval=60s timeout=45s OCF_CHECK_LEVEL=10 \\
  meta migration-threshold=2 failure-timeout=10min
group g_house p_vip p_stack
location l_house g_house 50: ${preferred}
location l_arbiter g_house -inf: ${arbiter}
${fences.join('\n')}
rsc_defaults resource-stickiness=100
property stonith-enabled=true stonith-timeout=60s
`
}
