import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodeExecutable } from '../../../scripts/nodes.ts'
import * as modules from '../loaded-modules.ts'
import { playShelly2 } from '../players/shelly2.ts'
import { playTasmota } from '../players/tasmota.ts'
import { bundleFenceHomelab, runAgent } from './bundle.ts'

/**
 * What does not depend on how busy the machine is: bytes, and the built-ins that a run loads. What it
 * costs in time is told by `npm run bench:fence`.
 */
const builds = ['official-18', 'official-20', 'debian-12', 'debian-13'] as const
const withNodeFs = [...modules.withNodeFs, 'diagnostics_channel']
const forSockets = [...withNodeFs, 'net', 'dns']

const folder = mkdtempSync(join(tmpdir(), 'fence-cost-'))
const listing = modules.moduleListing(folder)
let bundle: Awaited<ReturnType<typeof bundleFenceHomelab>>

beforeAll(async () => {
  bundle = await bundleFenceHomelab()
})
afterAll(() => {
  bundle?.remove()
  rmSync(folder, { recursive: true, force: true })
})

async function loadedBy(node: string, options: Parameters<typeof runAgent>[1]) {
  const { code, stdout, stderr } = await runAgent(bundle.path, options, [], [node, ...listing.preload])
  return { code, stdout, stderr, loaded: listing.loaded() }
}

test('the bundle has less than 110 kB, with its metadata and its own SNMP', () => {
  expect(statSync(bundle.path).size).toBeLessThan(110_000)
})

test.each(builds)('%s: metadata loads node:fs and no other built-in', async build => {
  const { code, loaded, stdout } = await loadedBy(await nodeExecutable(build), 'action=metadata\n')
  expect({ code, starts: stdout.slice(0, 5) }).toEqual({ code: 0, starts: '<?xml' })
  expect(loaded.filter(name => !withNodeFs.includes(name))).toEqual([])
})

test.each(builds)('%s: status loads sockets; a digest login takes crypto as well', async build => {
  const node = await nodeExecutable(build)
  const password = 'played-password'
  const tasmota = await playTasmota({ password })
  const shelly = await playShelly2({ password })
  const status = { action: 'status', ip: '127.0.0.1', password }
  const plain = await loadedBy(node, { ...status, driver: 'tasmota', ipport: tasmota.http.port, plug: 1 })
  const digest = await loadedBy(node, { ...status, driver: 'shelly2', ipport: shelly.http.port, plug: 0 })
  await tasmota.http.close()
  await shelly.http.close()
  for (const { code, stdout, stderr } of [plain, digest])
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'Status: ON\n', stderr: '' })
  expect(plain.loaded).toContain('net')
  expect(plain.loaded.filter(name => !forSockets.includes(name))).toEqual([])
  expect(digest.loaded).toContain('crypto')
  expect(digest.loaded).not.toContain('http')
})
