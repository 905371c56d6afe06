/** A cluster of n1 and n2 in which `p_stack` is started on `activeOn`, or stopped. */
export function cibWithStack(activeOn: 'n1' | 'n2' | undefined): string {
  const history = `<lrm_resource id="p_stack" class="ocf" provider="haha" type="compose-stack">
    <lrm_rsc_op id="p_stack_last_0" operation_key="p_stack_start_0" operation="start" call-id="5"
      crm_feature_set="3.16.2" transition-key="1:1:0:11111111-1111-1111-1111-111111111111"
      transition-magic="0:0;1:1:0:11111111-1111-1111-1111-111111111111" rc-code="0" op-status="0" interval="0"/>
  </lrm_resource>`
  const node = (id: string, name: string) =>
    `<node_state id="${id}" uname="${name}" in_ccm="true" crmd="online" join="member" expected="member">
      <lrm id="${id}"><lrm_resources>${activeOn === name ? history : ''}</lrm_resources></lrm>
    </node_state>`
  return `<cib crm_feature_set="3.16.2" validate-with="pacemaker-3.0" epoch="5" num_updates="0" admin_epoch="0"
    have-quorum="1" dc-uuid="1">
    <configuration>
      <crm_config/>
      <nodes><node id="1" uname="n1"/><node id="2" uname="n2"/></nodes>
      <resources><primitive id="p_stack" class="ocf" provider="haha" type="compose-stack"/></resources>
      <constraints/>
    </configuration>
    <status>${node('1', 'n1')}${node('2', 'n2')}</status>
  </cib>`
}
