import type { Cluster } from '../../scripts/lab/cluster.ts'

/** Fencing by our agent through the plug of each node, as crmsh loads it. */
export function fencingByPlugs(cluster: Cluster): string {
  const devices = cluster.nodes.map(node => {
    const { address, mac } = cluster.power(node)
    return `primitive fence-${node} stonith:fence_homelab \\
  params driver=tasmota ip=${address} device_id=${mac} pcmk_host_map="${node}:1" \\
  op monitor interval=300s timeout=20s
location fence-${node}-elsewhere fence-${node} -inf: ${node}`
  })
  return `${devices.join('\n')}\nproperty stonith-enabled=true stonith-timeout=60s\n`
}
