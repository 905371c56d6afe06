import { expect, test } from 'vitest'
import { doubleRuns, firstOn, PresenceLog } from '../../../scripts/show/presence.ts'

const seen = (node: string, service = 'mosquitto', container = `${node}-${service}`) => ({
  node,
  service,
  container,
})

test('looks that follow each other are one stretch, a look without it ends the stretch', () => {
  const log = new PresenceLog()
  expect(log.look(0, [seen('n1')])).toHaveLength(1)
  expect(log.look(50, [seen('n1')])).toHaveLength(0)
  log.look(100, [])
  log.look(300, [seen('n1')])
  expect(log.all.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
    [0, 50],
    [300, 300],
  ])
  expect(log).toMatchObject({ looks: 4, longestGapMs: 200 })
})

test('one service on two nodes in a single look is a double run', () => {
  const log = new PresenceLog()
  log.look(0, [seen('n1')])
  log.look(50, [seen('n1'), seen('n2')])
  log.look(100, [seen('n2')])
  expect(doubleRuns(log.all)).toEqual([{ service: 'mosquitto', nodes: ['n1', 'n2'], fromMs: 50, toMs: 50 }])
  expect(doubleRuns(log.running())).toEqual([])
})

test('a move, and different services on two nodes, are no double run', () => {
  const log = new PresenceLog()
  log.look(0, [seen('n1'), seen('n2', 'esphome')])
  log.look(50, [seen('n2'), seen('n2', 'esphome')])
  expect(doubleRuns(log.all)).toEqual([])
})

test('two containers of one service on the same node are no double run', () => {
  const log = new PresenceLog()
  log.look(0, [seen('n1', 'mosquitto', 'old'), seen('n1', 'mosquitto', 'new')])
  expect(doubleRuns(log.all)).toEqual([])
})

test('a take-over begins with the first container on the other node after the fault', () => {
  const log = new PresenceLog()
  log.look(0, [seen('n2', 'mosquitto', 'earlier')])
  log.look(50, [seen('n1')])
  log.look(100, [seen('n2', 'esphome'), seen('n1')])
  log.look(150, [seen('n2', 'esphome'), seen('n2', 'node-red')])
  expect(firstOn(log.all, 'n2', 50)).toMatchObject({ service: 'esphome', fromMs: 100 })
  expect(firstOn(log.all, 'n3', 0)).toBeUndefined()
})
