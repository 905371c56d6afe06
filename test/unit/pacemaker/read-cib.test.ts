import { expect, test } from 'vitest'
import { readCib } from '../../../scripts/pacemaker/read-cib.ts'

/** A configuration with these resources. */
const withResources = (resources: string) =>
  readCib(`<cib><configuration><resources>${resources}</resources></configuration></cib>`).resources

const pair = (name: string, value: string) => `<nvpair id="n-${name}" name="${name}" value="${value}"/>`

test('a resource has what its template says, and its own values before those', () => {
  const [fence] = withResources(
    `<template id="t" class="stonith" type="fence_homelab"><instance_attributes id="i1">${pair('driver', 'tasmota')}${pair('ip', '192.0.2.1')}</instance_attributes>
       <operations><op id="o1" name="monitor" interval="60s" timeout="20s"/></operations></template>
     <primitive id="fence-n1" template="t"><instance_attributes id="i2">${pair('ip', '192.0.2.21')}</instance_attributes></primitive>`,
  )
  expect(fence?.agent).toBe('stonith:fence_homelab')
  expect(Object.fromEntries(fence?.parameters ?? [])).toEqual({ driver: 'tasmota', ip: '192.0.2.21' })
  expect(fence?.operations).toMatchObject([{ name: 'monitor', intervalMs: 60_000, timeoutMs: 20_000 }])
})

test('sets that are shared by reference count for every resource that names them, also for clones', () => {
  const resources = withResources(
    `<primitive id="p_a" class="ocf" provider="haha" type="network-peripheral">
       <instance_attributes id="shared">${pair('name', 'radio')}</instance_attributes>
       <operations id="ops"><op id="o1" name="monitor" interval="15s"/></operations>
       <meta_attributes id="m">${pair('target-role', 'Stopped')}</meta_attributes></primitive>
     <clone id="c_b"><meta_attributes id-ref="m"/><primitive id="p_b" class="ocf" provider="haha" type="network-peripheral">
       <instance_attributes id-ref="shared"/><operations id-ref="ops"/></primitive></clone>`,
  )
  const cloned = resources.find(({ id }) => id === 'p_b')
  expect(cloned?.parameters.get('name')).toBe('radio')
  expect(cloned?.operations.map(({ intervalMs }) => intervalMs)).toEqual([15_000])
  expect(cloned?.clone?.meta.get('target-role')).toBe('Stopped')
})

test('a reference to itself or to nothing is passed over', () => {
  const [odd] = withResources(
    `<primitive id="p" class="systemd" type="lamp"><instance_attributes id="p" id-ref="p"/><meta_attributes id-ref="gone"/></primitive>`,
  )
  expect(odd).toMatchObject({ id: 'p', agent: 'systemd:lamp', operations: [] })
})
