import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { mayRepair, readPermission } from '../../../lib/cluster/managed.ts'
import { readInvocation } from '../../../lib/ocf/invocation.ts'
import { sample } from '../metadata/sample-agent/definition.ts'
import { type ClusterState, crmMonXml, playedCrmMon } from './crm-mon.ts'

const allowed = { allowed: true }
const no = (because: string) => ({ allowed: false, because })

describe('what crm_mon says', () => {
  test.each<[string, ClusterState, object]>([
    ['all is managed', {}, allowed],
    ['the cluster is in maintenance', { clusterMaintenance: true }, no('the cluster is in maintenance mode')],
    ['all resources are to stop', { stopAll: true }, no('the cluster stops all resources')],
    ['the node is in maintenance', { nodeMaintenance: true }, no('node n1 is in maintenance')],
    ['the node is joining', { nodePending: true }, no('node n1 is not settled')],
    ['the node is to be fenced', { nodeUnclean: true }, no('node n1 is not settled')],
    ['the resource is unmanaged', { managed: false }, no('the resource is unmanaged')],
    ['the resource is in maintenance', { resourceMaintenance: true }, no('the resource is in maintenance')],
  ])('%s', (_, state, permission) => {
    expect(readPermission(crmMonXml(state), 'p_stack', 'n1')).toEqual(permission)
  })

  test('another node in maintenance and another resource unmanaged change nothing', () => {
    expect(readPermission(crmMonXml({}), 'p_stack', 'n1')).toEqual(allowed)
    expect(readPermission(crmMonXml({}), 'p_other', 'n1')).toEqual(no('the resource is unmanaged'))
  })

  test.each(['p_export', 'p_export:0', 'p_export:1'])('a clone is found under the name %s', name => {
    expect(readPermission(crmMonXml({}), name, 'n1')).toEqual(allowed)
    expect(readPermission(crmMonXml({ managed: false }), name, 'n1')).toEqual(no('the resource is unmanaged'))
  })

  test.each([
    ['p_unknown', 'n1', no('crm_mon does not know resource p_unknown')],
    ['p_stack', 'n9', no('crm_mon does not know node n9')],
    ['p_stac', 'n1', no('crm_mon does not know resource p_stac')],
  ])('resource %s on node %s', (resource, node, permission) => {
    expect(readPermission(crmMonXml({}), resource, node)).toEqual(permission)
  })

  test('only that it could not look, which crm_mon 2.1.5 does with code 0', () => {
    const xml = `<pacemaker-result api-version="2.25" request="crm_mon">
  <status code="0" message="OK">
    <errors>
      <error>Could not connect to the CIB: Update does not conform to the configured schema</error>
    </errors>
  </status>
</pacemaker-result>
`
    expect(readPermission(xml, 'p_stack', 'n1')).toEqual(no('crm_mon printed no cluster options'))
  })

  test('cut off at any length never means yes', () => {
    const xml = crmMonXml({ managed: false })
    for (let length = 0; length < xml.length; length += 7) {
      // The first copy of the clone is managed, the second is not.
      expect(readPermission(xml.slice(0, length), 'p_export', 'n1').allowed).toBe(false)
    }
  })
})

describe('asking crm_mon', () => {
  const crmMon = playedCrmMon()
  const pacemaker = readInvocation(sample, 'monitor', {
    OCF_RESOURCE_INSTANCE: 'p_stack',
    OCF_RESKEY_crm_feature_set: '3.16.2',
    OCF_RESKEY_CRM_meta_on_node: 'n1',
    OCF_RESKEY_CRM_meta_interval: '10000',
  })

  test('its answer decides', async () => {
    crmMon.say({})
    expect(await mayRepair(pacemaker)).toEqual(allowed)
    crmMon.say({ clusterMaintenance: true })
    expect(await mayRepair(pacemaker)).toEqual(no('the cluster is in maintenance mode'))
    expect(readFileSync(crmMon.asked(), 'utf8')).toBe('--one-shot --inactive --output-as=xml\n'.repeat(2))
  })

  test.each([
    ['exit 102', no('crm_mon answered 102')],
    ['kill -KILL $$', no('crm_mon answered SIGKILL')],
    ['echo "Connection to cluster failed"', no('crm_mon printed no cluster options')],
    ['head -c 100000 /dev/urandom', no('crm_mon printed no cluster options')],
  ])('%s means no', async (script, permission) => {
    crmMon.play(script)
    expect(await mayRepair(pacemaker)).toEqual(permission)
  })

  test('no answer within 5 s means no', async () => {
    crmMon.play('exec sleep 30')
    const began = performance.now()
    expect(await mayRepair(pacemaker)).toEqual(no('crm_mon gave no answer within 5 s'))
    expect(performance.now() - began).toBeLessThan(7000)
  })

  test('not under Pacemaker it is not even asked', async () => {
    crmMon.say({})
    const alone = readInvocation(sample, 'monitor', { OCF_RESOURCE_INSTANCE: 'p_stack' })
    expect(await mayRepair(alone)).toEqual(no('not run by Pacemaker'))
    expect(() => readFileSync(crmMon.asked())).toThrow('ENOENT')
  })
})
