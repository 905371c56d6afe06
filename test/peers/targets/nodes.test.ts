import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../../../scripts/bundle.ts'
import { nodeExecutable } from '../../../scripts/nodes.ts'
import { playEsphomeApi } from '../players/esphome-api.ts'

const scratch = mkdtempSync(join(tmpdir(), 'targets-nodes-'))
const bundle = join(scratch, 'look.cjs')

/** Prints the answer, the built-ins that the look has loaded, and how long it took. */
const script = `
  import { probeTarget } from './agents/network-peripheral/targets/probe-target.ts'
  import { parseTarget } from './agents/network-peripheral/targets/target.ts'
  const before = new Set(process.moduleLoadList)
  const esphomeKey = process.argv[3] === undefined ? undefined : Buffer.from(process.argv[3], 'base64')
  const limits = { deadlineMs: 5000, timeoutMs: 5000, attempts: 1, esphomeKey }
  probeTarget(parseTarget(process.argv[2]), limits).then(answer => {
    const loaded = process.moduleLoadList.filter(name => !before.has(name))
    process.stdout.write(JSON.stringify({ ...answer, loaded }))
  })`

beforeAll(async () => {
  await build({
    stdin: { contents: script, resolveDir: root, loader: 'js' },
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node18',
    format: 'cjs',
  })
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

async function lookWith(node: string, ...args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(node, [bundle, ...args], { timeout: 20_000 })
  const told: unknown = JSON.parse(stdout)
  return told
}

test.each(['official-18', 'official-20', 'debian-12', 'debian-13'] as const)(
  'an encrypted device is asked by the %s build of node, with its own cryptography',
  async name => {
    const key = randomBytes(32)
    const player = await playEsphomeApi({ name: 'tubeszb', mac: 'AA:BB:CC:00:11:22', key })
    try {
      const url = `esphome://127.0.0.1:${player.port}/tubeszb`
      expect(await lookWith(await nodeExecutable(name), url, key.toString('base64'))).toMatchObject({
        up: true,
        detail: expect.stringContaining('ESPHome 2025.10.3'),
      })
    } finally {
      await player.close()
    }
  },
  300_000,
)

test.each([
  ['tcp', ['NativeModule crypto', 'NativeModule dgram', 'NativeModule child_process', 'NativeModule dns']],
  [
    'esphome',
    ['NativeModule crypto', 'NativeModule dgram', 'NativeModule child_process', 'NativeModule dns'],
  ],
  // node:dgram loads node:child_process by itself.
  ['knx', ['NativeModule crypto', 'NativeModule dns', 'NativeModule tls']],
  ['icmp', ['NativeModule crypto', 'NativeModule tls', 'NativeModule dns']],
])('a look by %s loads nothing of the other schemes', async (scheme, foreign) => {
  const url = scheme === 'icmp' ? 'icmp://127.0.0.1' : `${scheme}://127.0.0.1:9`
  const told = await lookWith(await nodeExecutable('official-20'), url)
  for (const module of foreign) expect(told).not.toMatchObject({ loaded: expect.arrayContaining([module]) })
})
