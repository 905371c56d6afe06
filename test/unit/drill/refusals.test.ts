import { expect, test } from 'vitest'
import { KINDS } from '../../../scripts/drill/kinds.ts'
import { heirOf, refusals, type Situation } from '../../../scripts/drill/refusals.ts'
import { configurationOf, situationOf, type Trouble } from './sample-cluster.ts'

test.each(KINDS)('%s may begin on a healthy cluster', kind => {
  expect(refusals(situationOf(kind))).toEqual([])
})

test('the heir is where the scheduler would start every part', () => {
  expect(heirOf(situationOf('move'))).toBe('n2')
  expect(heirOf({ ...situationOf('move'), forecast: undefined })).toBeUndefined()
})

test.each<[Trouble, RegExp]>([
  [{ quorum: false }, /no quorum/],
  [{ options: 'stonith-enabled="true" maintenance-mode="true"' }, /maintenance mode/],
  [{ n2: 'online="false"' }, /^node n2 is offline;/],
  [{ n2: 'unclean="true"' }, /^node n2 is unclean;/],
  [{ n2: 'pending="true"' }, /^node n2 is still joining;/],
  [{ n2: 'maintenance="true"' }, /^node n2 is in maintenance;/],
  [{ stack: 'failed="true"' }, /^resource p_stack is failed;/],
  [{ stack: 'blocked="true"' }, /^resource p_stack is blocked;/],
  [{ stack: 'managed="false"' }, /^resource p_stack is unmanaged,/],
  [{ stack: 'pending="Starting"' }, /^resource p_stack is at work \(Starting\);/],
])('every drill is refused when crm_mon tells %j', (trouble, reason) => {
  // crm_mon writes each attribute once; the sample's own stand before it.
  for (const kind of KINDS) expect(refusals(situationOf(kind, trouble)).join('\n')).toMatch(reason)
})

const lost = ['fence', 'cut-power', 'cut-network'] as const
const changed = (kind: Situation['kind'], change: Partial<Situation>) =>
  refusals({ ...situationOf(kind), ...change })

test.each(lost)('%s needs fencing, and is not run on the node that it takes', kind => {
  expect(refusals(situationOf(kind, { options: 'stonith-enabled="false"' })).join()).toMatch(
    /^fencing is off/,
  )
  expect(changed(kind, { fenceDevices: [] }).join()).toMatch(/^no fencing device can fence n1/)
  expect(changed(kind, { here: 'n1' }).join()).toMatch(/^n1 is the node this runs on/)
  expect(changed('move', { here: 'n1', fenceDevices: [] })).toEqual([])
})

test.each(lost)('%s is refused when the votes that are left do not suffice', kind => {
  const two = { total: 2, quorum: 2, twoNode: false }
  expect(changed(kind, { votes: two }).join()).toBe('without n1 1 votes are left, quorum needs 2')
  expect(changed(kind, { votes: { ...two, quorum: 1, twoNode: true } })).toEqual([])
  expect(changed(kind, { votes: undefined }).join()).toMatch(/does not tell the votes/)
})

test('cuts need every other node, also one that only stands by', () => {
  expect(refusals(situationOf('cut-power', { n2: 'standby="true"' })).join()).toMatch(/n2 is on standby/)
  expect(refusals(situationOf('move', { n2: 'standby="true"' }))).toEqual([])
})

test('a move is refused while the constraint of an earlier one stands', () => {
  const left = '<rsc_location id="cli-prefer-g_house" rsc="g_house" node="n1" score="INFINITY"/>'
  const configuration = configurationOf(left)
  expect(changed('move', { configuration }).join()).toMatch(/cli-prefer-g_house .* crm_resource --clear/)
  expect(changed('fence', { configuration })).toEqual([])
})

test('nothing is begun whose end the scheduler does not see', () => {
  expect(changed('move', { forecast: undefined }).join()).toMatch(/crm_simulate does not say/)
  const nowhere = situationOf('fence').forecast?.map(one =>
    one.top === 'g_house' ? { ...one, nodes: [], active: false } : one,
  )
  expect(changed('fence', { forecast: nowhere }).join()).toMatch(/would start g_house nowhere/)
})

test('what the doctor calls critical refuses every drill, a broken mirror those that lose a node', () => {
  expect(changed('move', { critical: ['fencing was never tested'] })).toEqual([
    'haha-doctor: fencing was never tested',
  ])
  expect(changed('cut-power', { storage: ['DRBD r0 has no second leg'] })).toHaveLength(1)
  expect(changed('move', { storage: ['DRBD r0 has no second leg'] })).toEqual([])
})

test('each reason is one line of less than 200 characters', () => {
  const all = refusals({
    ...situationOf('cut-network', {
      quorum: false,
      n2: 'online="false" unclean="true"',
      stack: 'failed="true"',
    }),
    ...{ here: 'n1', fenceDevices: [], votes: undefined, forecast: undefined },
  })
  expect(all.length).toBeGreaterThan(6)
  for (const reason of all) expect(reason.length < 200 && !reason.includes('\n')).toBe(true)
})
