import { expect, test } from 'vitest'
import { aimAt } from '../../../scripts/drill/aim.ts'
import { readForecast, readPicture } from '../../../scripts/drill/cluster-picture.ts'
import { readDevices } from '../../../scripts/drill/cluster-tools.ts'
import { moveConstraintOf } from '../../../scripts/drill/configuration.ts'
import { readMembershipSeconds, readVotes } from '../../../scripts/drill/votes.ts'
import { withoutNode } from '../../../scripts/drill/without-node.ts'
import { configurationOf, crmMonText, pictureOf, resourcesXml } from './sample-cluster.ts'

test('crm_mon is read: quorum, fencing, nodes, and what lies in which group or clone', () => {
  const picture = pictureOf()
  expect(picture).toMatchObject({ quorum: true, dc: 'n3', fencingEnabled: true, maintenance: false })
  expect(picture.nodes.map(({ name }) => name)).toEqual(['n1', 'n2', 'n3'])
  expect(picture.resources.map(({ id, top, kind }) => `${id} ${top} ${kind}`)).toEqual([
    'p_vip g_house group',
    'p_stack g_house group',
    'fence-n1 fence-n1 primitive',
    'p_radio c_radio clone',
    'p_radio c_radio clone',
  ])
})

test('fencing is known by its old and its coming name', () => {
  expect(pictureOf({ options: 'fencing-enabled="true"' }).fencingEnabled).toBe(true)
  expect(pictureOf({ options: 'stonith-enabled="false"' }).fencingEnabled).toBe(false)
})

test('output that is cut off or something else is no picture', () => {
  const text = crmMonText()
  expect(readPicture(text.slice(0, text.length / 2))).toBeUndefined()
  expect(readPicture('crm_mon: connection refused')).toBeUndefined()
  expect(readPicture('')).toBeUndefined()
  expect(readPicture('<pacemaker-result><status code="102"/></pacemaker-result>')).toBeUndefined()
})

test('the forecast of crm_simulate is read from its revised status', () => {
  const text = `<pacemaker-result><cluster_status>${resourcesXml('n1')}</cluster_status><revised_cluster_status>${resourcesXml('n2')}</revised_cluster_status></pacemaker-result>`
  expect(readForecast(text)?.find(({ id }) => id === 'p_stack')?.nodes).toEqual(['n2'])
  expect(readForecast('<pacemaker-result/>')).toBeUndefined()
})

test('a CIB without a node: it left, or it is expected and has to be fenced; the others stay', () => {
  const state = (name: string, states: string) => `<node_state id="1" uname="${name}" ${states}/>`
  // Pacemaker 2.1.6 and later write the time since when.
  const up = 'in_ccm="1732199000" crmd="1732199001" join="member" expected="member"'
  const cib = `<cib><status>${state('n1', up)}${state('n10', up)}</status></cib>`
  const other = state('n10', up)
  expect(withoutNode(cib, 'n1', 'left')).toBe(
    `<cib><status>${state('n1', 'in_ccm="false" crmd="offline" join="down" expected="down"')}${other}</status></cib>`,
  )
  expect(withoutNode(cib, 'n1', 'lost')).toBe(
    `<cib><status>${state('n1', 'in_ccm="false" crmd="offline" join="member" expected="member"')}${other}</status></cib>`,
  )
  expect(withoutNode(cib, 'n2', 'left')).toBeUndefined()
})

test('what an earlier move left is known by its id, and by the resource that it holds', () => {
  const configuration = configurationOf(
    '<rsc_location id="cli-ban-g_house-on-n1" rsc="g_house" node="n1" score="-INFINITY"/><rsc_location id="l1" rsc="g_house" node="n3" score="-INFINITY"/>',
  )
  expect(moveConstraintOf(configuration, 'g_house')).toBe('cli-ban-g_house-on-n1')
  expect(moveConstraintOf(configuration, 'p_vip')).toBeUndefined()
})

test('a drill is aimed at the only stack, by the name of a member, its group or its node', () => {
  const picture = pictureOf()
  for (const wanted of [undefined, 'g_house', 'p_stack', 'n1'])
    expect(aimAt(picture, wanted)).toMatchObject({ ok: true, aim: { resource: 'g_house', node: 'n1' } })
})

test.each([
  ['n2', /no resource that could move is active on n2/],
  ['fence-n1', /fencing device/],
  ['p_radio', /part of a clone/],
  ['p_none', /neither a resource nor a node/],
])('nothing is aimed at by %s, and it is said why', (wanted, reason) => {
  const aimed = aimAt(pictureOf(), wanted)
  expect(aimed.ok ? '' : aimed.fault).toMatch(reason)
})

test('fencing devices are read as stonith_admin lists them', () => {
  const list = (items: string) =>
    `<pacemaker-result api-version="2.25"><list name="registered fence devices">${items}</list><status code="0"/></pacemaker-result>`
  expect(
    readDevices(list('<item name="device">fence-n1</item>\n<item name="device">fence-b</item>')),
  ).toEqual(['fence-n1', 'fence-b'])
  expect(readDevices(list(''))).toEqual([])
})

test('votes and membership time are read as corosync tells them', () => {
  const text =
    'Votequorum information\nExpected votes:   2\nHighest expected: 2\nTotal votes:      2\nQuorum:           1  \nFlags:            2Node Quorate WaitForAll \n'
  expect(readVotes(text)).toEqual({ total: 2, quorum: 1, twoNode: true })
  expect(readVotes('Cannot initialize QUORUM service')).toBeUndefined()
  const map = 'runtime.config.totem.consensus (u32) = 1980\nruntime.config.totem.token (u32) = 1650\n'
  expect(readMembershipSeconds(map)).toBeCloseTo(3.63)
})
