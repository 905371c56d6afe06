import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mayRepair } from '../../lib/cluster/managed.ts'
import { findBinary } from '../../lib/host/binary.ts'
import { readInvocation } from '../../lib/ocf/invocation.ts'
import { playedCrmMon } from '../unit/cluster/crm-mon.ts'
import { definition } from './recording-agent/definition.ts'

/** What an administrator has set, in the cluster's own words. */
interface Administration {
  readonly cluster?: string
  readonly node?: string
  readonly resource?: string
  readonly cloned?: string
}

const option = (id: string, text: string) => {
  const [name = '', value = ''] = text.split('=')
  return `<nvpair id="${id}" name="${name}" value="${value}"/>`
}

/** A configuration of two nodes, a primitive and a clone, all running on n1. */
function cib({ cluster = 'x=y', node = 'x=y', resource = 'x=y', cloned = 'x=y' }: Administration): string {
  const dummy = 'class="ocf" provider="pacemaker" type="Dummy"'
  const key = '3:0:0:4a9b1c56-1111-4111-8111-111111111111'
  const started = (id: string) =>
    `<lrm_resource id="${id}" ${dummy}><lrm_rsc_op id="${id}_last_0" operation_key="${id}_start_0" operation="start" crm_feature_set="3.15.1" transition-key="${key}" transition-magic="0:0;${key}" call-id="10" rc-code="0" op-status="0" interval="0" op-digest="f2317cad3d54cec5d7d7aa7d0bf35cf8"/></lrm_resource>`
  return `<cib crm_feature_set="3.15.1" validate-with="pacemaker-3.8" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1" dc-uuid="1">
<configuration>
<crm_config><cluster_property_set id="o">${option('o1', 'stonith-enabled=false')}${option('o2', cluster)}</cluster_property_set></crm_config>
<nodes><node id="1" uname="n1"><instance_attributes id="a">${option('a1', node)}</instance_attributes></node><node id="2" uname="n2"/></nodes>
<resources>
<primitive id="p_stack" ${dummy}><meta_attributes id="m">${option('m1', resource)}</meta_attributes></primitive>
<clone id="c_export"><meta_attributes id="c">${option('c1', cloned)}</meta_attributes><primitive id="p_export" ${dummy}/></clone>
</resources>
<constraints/>
</configuration>
<status>
<node_state id="1" uname="n1" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="1"><lrm_resources>${started('p_stack')}${started('p_export:0')}</lrm_resources></lrm></node_state>
<node_state id="2" uname="n2" in_ccm="true" crmd="online" join="member" expected="member"/>
</status>
</cib>`
}

const crmMon = playedCrmMon()
const real = findBinary('crm_mon')
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'haha-cib-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Asks the installed crm_mon about a cluster that exists as a file only. */
function permission(administration: Administration, instance: string) {
  const file = join(folder, 'cib.xml')
  writeFileSync(file, cib(administration))
  crmMon.play(`CIB_file=${file} exec ${real} "$@"`)
  return mayRepair(
    readInvocation(definition, 'monitor', {
      OCF_RESOURCE_INSTANCE: instance,
      OCF_RESKEY_crm_feature_set: '3.15.1',
      OCF_RESKEY_CRM_meta_on_node: 'n1',
      OCF_RESKEY_CRM_meta_interval: '10000',
    }),
  )
}

const allowed = { allowed: true }
const no = (because: string) => ({ allowed: false, because })

test.each<[Administration, string, object]>([
  [{}, 'p_stack', allowed],
  [{}, 'p_export', allowed],
  [{}, 'p_export:0', allowed],
  [{}, 'p_none', no('crm_mon does not know resource p_none')],
  [{ cluster: 'maintenance-mode=true' }, 'p_stack', no('the cluster is in maintenance mode')],
  [{ cluster: 'stop-all-resources=true' }, 'p_stack', no('the cluster stops all resources')],
  [{ node: 'maintenance=true' }, 'p_stack', no('node n1 is in maintenance')],
  [{ resource: 'is-managed=false' }, 'p_stack', no('the resource is unmanaged')],
  [{ resource: 'is-managed=false' }, 'p_export', allowed],
  [{ resource: 'maintenance=true' }, 'p_stack', no('the resource is unmanaged')],
  [{ cloned: 'is-managed=false' }, 'p_export', no('the resource is unmanaged')],
  [{ cloned: 'is-managed=false' }, 'p_stack', allowed],
])('%j: a cure of %s', async (administration, instance, answer) => {
  expect(real).toBeDefined()
  const given = await permission(administration, instance)
  // Pacemaker 2.1.6 and later tell maintenance of a resource by its own name.
  if (administration.resource === 'maintenance=true') expect(given.allowed).toBe(false)
  else expect(given).toEqual(answer)
})
