import { expect, test } from 'vitest'
import { monitorSeconds } from '../../../scripts/drill/configuration.ts'
import { agentInput, devicesOf } from '../../../scripts/drill/power-device.ts'
import { configurationOf } from './sample-cluster.ts'

const configuration = configurationOf()
const fence = configuration.resources.filter(({ id }) => id === 'fence-n1')
const inputFor = (node: string, more: Readonly<Record<string, string>> = {}) =>
  fence.map(one =>
    agentInput({ ...one, parameters: new Map([...one.parameters, ...Object.entries(more)]) }, node, 'off'),
  )

test('a device is asked as the fencer asks it: action, node, plug by the map, its own parameters', () => {
  expect(inputFor('n1')).toEqual(['action=off\nnodename=n1\nplug=1\ndriver=tasmota\nip=192.0.2.21\n'])
  expect(inputFor('n2').join()).toContain('\nplug=2,3\n')
  expect(inputFor('n9').join()).toContain('\nplug=n9\n')
})

test('a plug that is configured is left as it is, and none is told to a device that takes none', () => {
  expect(
    inputFor('n1', { plug: '7' })
      .join()
      .match(/plug=.*/g),
  ).toEqual(['plug=7'])
  expect(inputFor('n1', { pcmk_host_argument: 'none' }).join()).not.toContain('plug=')
})

test('an action among the parameters cannot change what is asked', () => {
  expect(
    inputFor('n1', { action: 'on' })
      .join()
      .match(/action=/g),
  ).toHaveLength(1)
})

test('all devices of the first level take the power, without levels the first that can', () => {
  expect(devicesOf(configuration, 'n1', ['fence-n1', 'other'])).toEqual(fence)
  const levels = [
    { target: 'n1', index: 2, devices: ['fence-n1'] },
    { target: 'n1', index: 1, devices: ['p_vip', 'p_stack'] },
  ]
  expect(devicesOf({ ...configuration, levels }, 'n1', ['fence-n1']).map(({ id }) => id)).toEqual([
    'p_vip',
    'p_stack',
  ])
})

test('the shortest monitor of a resource is known in seconds', () => {
  const stack = configuration.resources.filter(({ id }) => id === 'p_stack')
  expect(stack.map(monitorSeconds)).toEqual([20])
  expect(fence.map(monitorSeconds)).toEqual([undefined])
})
