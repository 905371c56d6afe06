import { expect, test } from 'vitest'
import { interleavings, readHeartbeats } from '../../../scripts/show/heartbeats.ts'

const written = (text: string) => interleavings(readHeartbeats(text.replaceAll('|', '\n')).beats)

test('a node that hands over and falls silent is clean, also when it takes over again', () => {
  expect(written('1.00 n1 esphome|1.10 n1 esphome|1.20 n2 esphome|1.30 n2 esphome|9.00 n1 esphome')).toEqual(
    [],
  )
})

test('a node that goes on writing after another has begun is found', () => {
  expect(written('1.00 n1 esphome|1.10 n2 esphome|1.15 n1 esphome|1.20 n2 esphome')).toMatchObject([
    { service: 'esphome', nodes: ['n2', 'n1'], atSeconds: 1.15 },
    { service: 'esphome', nodes: ['n1', 'n2'], atSeconds: 1.2 },
  ])
})

test('different services may be written by different nodes', () => {
  expect(written('1.00 n1 esphome|1.05 n2 home-assistant|1.10 n1 esphome|1.15 n2 home-assistant')).toEqual([])
})

test('a line cut short by a power cut is counted, not read', () => {
  const { beats, broken } = readHeartbeats('1.00 n1 esphome\n1.1')
  expect(beats).toHaveLength(1)
  expect(broken).toBe(1)
})
