import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { clusterPlace } from '../../scripts/lab/place.ts'

const REPOSITORY = join(import.meta.dirname, '../..')

test('the demo sees a stack that is started by hand on a second node, fails by it, and leaves nothing behind', async () => {
  const { exitCode, all } = await execa(process.execPath, ['scripts/run-demo.ts', '--self-test'], {
    cwd: REPOSITORY,
    all: true,
    reject: false,
    stdin: 'ignore',
    timeout: 280_000,
  })
  expect(exitCode, all).toBe(1)
  expect(all).toMatch(/DOUBLE RUN: home-assistant has processes on n1 and n2/)
  expect(all).toMatch(/FAILED +processes on two nodes at once: .*mosquitto on n1 and n2/)
  expect(all).toMatch(/FAILED +heartbeats of esphome: n\d and n\d wrote at once/)
  expect(existsSync(clusterPlace('demo').run)).toBe(false)
}, 300_000)
