import { ringAddress } from './network.ts'
import { type ClusterPlan, nodesOf } from './plan.ts'

/** corosync.conf, one option a line: its parser knows no other form. */
export function corosyncConfiguration(plan: ClusterPlan): string {
  const nodes = nodesOf(plan).map(
    (node, at) => `    node {
        name: ${node}
        nodeid: ${at + 1}
        ring0_addr: ${ringAddress(node)}
    }
`,
  )
  // With wait_for_all switched off, two nodes that cannot see each other fence each other for ever.
  const twoNodes = plan.nodes === 2 ? '    two_node: 1\n' : ''
  return `totem {
    version: 2
    cluster_name: ${plan.name}
    transport: knet
    crypto_cipher: aes256
    crypto_hash: sha256
    token: ${plan.tokenMs}
}
nodelist {
${nodes.join('')}}
quorum {
    provider: corosync_votequorum
${twoNodes}}
logging {
    to_stderr: no
    to_syslog: no
    to_logfile: yes
    logfile: /var/log/corosync/corosync.log
    timestamp: hires
}
`
}

/** With an empty CIB the first election waits 20 s for nodes that might still come. */
export const cibSeed = (plan: ClusterPlan): string => `<?xml version="1.0"?>
<cib validate-with="pacemaker-3.0" epoch="1" num_updates="0" admin_epoch="0">
  <configuration>
    <crm_config>
      <cluster_property_set id="cib-bootstrap-options">
        <nvpair id="cib-bootstrap-options-cluster-name" name="cluster-name" value="${plan.name}"/>
        <nvpair id="cib-bootstrap-options-dc-deadtime" name="dc-deadtime" value="2s"/>
        <nvpair id="cib-bootstrap-options-stonith-enabled" name="stonith-enabled" value="false"/>
      </cluster_property_set>
    </crm_config>
    <nodes/>
    <resources/>
    <constraints/>
  </configuration>
  <status/>
</cib>
`
