import { type Picture, readPicture } from '../../../scripts/drill/cluster-picture.ts'
import type { Situation } from '../../../scripts/drill/refusals.ts'
import { readCib } from '../../../scripts/pacemaker/read-cib.ts'

const place = (node: string | undefined) =>
  node === undefined ? '' : `<node name="${node}" id="1" cached="true"/>`

const resource = (id: string, agent: string, node: string | undefined, more = '') =>
  `<resource id="${id}" resource_agent="${agent}" role="${node === undefined ? 'Stopped' : 'Started'}" active="${node !== undefined}" orphaned="false" blocked="false" managed="true" failed="false" failure_ignored="false" nodes_running_on="1" ${more}>${place(node)}</resource>`

/** As crm_mon writes resources: a group on one node, a fencing device, a clone. */
export const resourcesXml = (node: string | undefined, stack = ''): string => `<resources>
  <group id="g_house" number_resources="2" managed="true" disabled="false">
    ${resource('p_vip', 'ocf:heartbeat:IPaddr2', node)}
    ${resource('p_stack', 'ocf:haha:compose-stack', node, stack)}
  </group>
  ${resource('fence-n1', 'stonith:fence_homelab', 'n3')}
  <clone id="c_radio" multi_state="false" unique="false" managed="true" disabled="false" failed="false" failure_ignored="false">
    ${resource('p_radio', 'ocf:haha:network-peripheral', 'n1')}
    ${resource('p_radio', 'ocf:haha:network-peripheral', 'n2')}
  </clone>
</resources>`

/** What differs from a healthy cluster of three. */
export interface Trouble {
  readonly quorum?: boolean
  readonly options?: string
  /** Attributes of the second worker, which would take over. */
  readonly n2?: string
  /** Attributes of the stack. */
  readonly stack?: string
  readonly failures?: string
  /** Where the group is, n1 unless told; empty: nowhere. */
  readonly place?: string
}

const healthyNode = {
  online: true,
  standby: false,
  maintenance: false,
  pending: false,
  unclean: false,
  shutdown: false,
}

/** The output of `crm_mon --one-shot --inactive --output-as=xml`. */
export function crmMonText(trouble: Trouble = {}): string {
  const node = (name: string, own = '') => {
    const given = new Map(Object.entries(healthyNode).map(([key, value]) => [key, String(value)]))
    for (const [, key = '', value = ''] of own.matchAll(/(\w+)="(\w+)"/g)) given.set(key, value)
    return `<node name="${name}" id="1" ${[...given].map(([key, value]) => `${key}="${value}"`).join(' ')} type="member"/>`
  }
  return `<?xml version="1.0"?>
<pacemaker-result api-version="2.25" request="crm_mon --one-shot --inactive --output-as=xml">
  <summary>
    <stack type="corosync"/>
    <current_dc present="true" version="2.1.5-a3f44794f94" name="n3" id="3" with_quorum="${trouble.quorum ?? true}" mixed_version="false"/>
    <cluster_options ${trouble.options ?? 'stonith-enabled="true"'} symmetric-cluster="true" no-quorum-policy="stop" stop-all-resources="false"/>
  </summary>
  <nodes>${node('n1')}${node('n2', trouble.n2)}${node('n3')}</nodes>
  ${resourcesXml(trouble.place === '' ? undefined : (trouble.place ?? 'n1'), trouble.stack)}
  <node_attributes><node name="n1"><attribute name="x" value="a &lt;b&gt; &amp; &quot;c&quot;"/></node></node_attributes>
  <failures>${trouble.failures ?? ''}</failures>
  <status code="0" message="OK"/>
</pacemaker-result>
`
}

export function pictureOf(trouble: Trouble = {}): Picture {
  const picture = readPicture(crmMonText(trouble))
  if (picture === undefined) throw new Error('the sample is no picture')
  return picture
}

/** A CIB with the group, its fencing device, and what an earlier move left. */
export const cibText = (constraints = ''): string => `<cib crm_feature_set="3.16.2" have-quorum="1">
<configuration><crm_config/><nodes/>
<resources>
 <group id="g_house">
  <primitive id="p_vip" class="ocf" provider="heartbeat" type="IPaddr2"><instance_attributes id="i1"><nvpair id="n1" name="ip" value="192.0.2.10"/></instance_attributes></primitive>
  <primitive id="p_stack" class="ocf" provider="haha" type="compose-stack"><instance_attributes id="i2">
   <nvpair id="n2" name="directory" value="/mnt/iot/stack"/>
   <nvpair id="n3" name="probes" value="app=http://127.0.0.1:8123/api broker=mqtt://127.0.0.1 job=exec:true &quot;cam=tcp://192.0.2.77:554&quot;"/>
  </instance_attributes><operations><op id="o1" name="monitor" interval="20s"/><op id="o2" name="monitor" interval="60s"/></operations></primitive>
 </group>
 <template id="t_fence" class="stonith" type="fence_homelab"><instance_attributes id="i3"><nvpair id="n4" name="driver" value="tasmota"/><nvpair id="n5" name="ip" value="192.0.2.1"/></instance_attributes></template>
 <primitive id="fence-n1" template="t_fence"><instance_attributes id="i4"><nvpair id="n6" name="ip" value="192.0.2.21"/><nvpair id="n7" name="pcmk_host_map" value="n1:1;n2:2,3"/></instance_attributes></primitive>
</resources>
<constraints>${constraints}</constraints></configuration><status><node_state id="1" uname="n1" in_ccm="true" crmd="online" join="member" expected="member"/></status></cib>`

export const configurationOf = (constraints = '') => readCib(cibText(constraints))

/** A drill of that kind on a healthy cluster of three, run on n2, which would take over. */
export function situationOf(kind: Situation['kind'], trouble: Trouble = {}): Situation {
  const picture = pictureOf(trouble)
  const later = pictureOf(trouble).resources.map(one =>
    one.top === 'g_house' ? { ...one, nodes: ['n2'], active: true } : one,
  )
  return {
    ...{ kind, picture, here: 'n2', configuration: configurationOf(), forecast: later },
    aim: {
      resource: 'g_house',
      node: 'n1',
      members: picture.resources.filter(({ top }) => top === 'g_house'),
    },
    fenceDevices: ['fence-n1'],
    votes: { total: 3, quorum: 2, twoNode: false },
    ...{ critical: [], storage: [] },
  }
}
