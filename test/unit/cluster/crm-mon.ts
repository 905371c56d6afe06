import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'

/** What differs between one cluster and another, as crm_mon 2.1.5 tells it. */
export interface ClusterState {
  readonly clusterMaintenance?: boolean
  readonly stopAll?: boolean
  readonly nodeMaintenance?: boolean
  readonly nodePending?: boolean
  readonly nodeUnclean?: boolean
  readonly managed?: boolean
  /** Written by Pacemaker 2.1.6 and later only. */
  readonly resourceMaintenance?: boolean
}

/** The output of `crm_mon --one-shot --inactive --output-as=xml`, in the elements' own order. */
export function crmMonXml(state: ClusterState = {}, stack = 'p_stack'): string {
  const yes = (value = false) => `"${value}"`
  const resource = (id: string, managed = true) =>
    `<resource id="${id}" resource_agent="ocf:haha:sample" role="Started" active="true" orphaned="false" blocked="false" ${
      state.resourceMaintenance === undefined ? '' : `maintenance=${yes(state.resourceMaintenance)} `
    }managed=${yes(managed)} failed="false" failure_ignored="false" nodes_running_on="1">
      <node name="n1" id="1" cached="true"/>
    </resource>`
  const node = (name: string, more: string) =>
    `<node name="${name}" id="1" online="true" standby="false" standby_onfail="false" ${more} health="green" feature_set="&lt;3.15.1" shutdown="false" expected_up="true" is_dc="true" resources_running="2" type="member"/>`
  return `<pacemaker-result api-version="2.25" request="crm_mon --one-shot --inactive --output-as=xml">
  <summary>
    <stack type="corosync"/>
    <current_dc present="true" version="2.1.5" name="n1" id="1" with_quorum="true" mixed_version="false"/>
    <cluster_options stonith-enabled="true" symmetric-cluster="true" no-quorum-policy="stop" maintenance-mode=${yes(state.clusterMaintenance)} stop-all-resources=${yes(state.stopAll)} stonith-timeout-ms="60000" priority-fencing-delay-ms="0"/>
  </summary>
  <nodes>
    ${node('n1', `maintenance=${yes(state.nodeMaintenance)} pending=${yes(state.nodePending)} unclean=${yes(state.nodeUnclean)}`)}
    ${node('n2', 'maintenance="true" pending="false" unclean="false"')}
  </nodes>
  <resources>
    ${resource(stack, state.managed)}
    <clone id="c_export" multi_state="false" unique="true" managed="true" disabled="false" failed="false" failure_ignored="false">
      ${resource('p_export:0')}
      ${resource('p_export:1', state.managed)}
    </clone>
    ${resource('p_other', false)}
  </resources>
  <node_attributes>
    <node name="n1">
      <attribute name="maintenance" value="true"/>
    </node>
  </node_attributes>
  <node_history>
    <node name="n1">
      <resource_history id="${stack}" orphan="false" migration-threshold="1000000"/>
    </node>
  </node_history>
  <status code="0" message="OK"/>
</pacemaker-result>
`
}

/** Puts a crm_mon of the test's own making first in PATH; it counts its runs. */
export function playedCrmMon() {
  const path = process.env.PATH
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'haha-crm-mon-'))
    process.env.PATH = `${folder}:${path}`
  })
  afterEach(() => {
    process.env.PATH = path
    rmSync(folder, { recursive: true })
  })
  /** `script` is what the shell runs after noting the arguments. */
  const play = (script: string) => {
    const file = join(folder, 'crm_mon')
    writeFileSync(file, `#!/bin/sh\necho "$*" >> ${join(folder, 'asked')}\n${script}\n`)
    chmodSync(file, 0o755)
  }
  return {
    play,
    asked: () => join(folder, 'asked'),
    say(state: ClusterState) {
      writeFileSync(join(folder, 'answer.xml'), crmMonXml(state))
      play(`cat ${join(folder, 'answer.xml')}`)
    },
  }
}
