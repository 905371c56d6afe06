import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { probes, type RunningStack, startStack } from '../../scripts/bench/stack.ts'
import { root } from '../../scripts/bundle.ts'
import { nodeExecutable } from '../../scripts/nodes.ts'
import { forKeptCode, moduleListing, withNodeFs } from './loaded-modules.ts'

const bundle = join(root, 'dist/ocf/haha/compose-stack')
const folder = mkdtempSync(join(tmpdir(), 'haha-cost-'))
const listing = moduleListing(folder)
let stack: RunningStack

beforeAll(async () => {
  stack = await startStack('cost', bundle)
}, 480_000)

afterAll(async () => {
  await stack?.close()
  rmSync(folder, { recursive: true, force: true })
}, 120_000)

/** A build of node without the sockets that are known: the same monitor has to do with node:net. */
const hideSockets = join(folder, 'hide-sockets.cjs')

/** Runs a recurring monitor with that node; its environment asks for all the logging there is. */
async function healthyMonitor(node: string, wanted: string, more: readonly string[] = []) {
  const log = join(folder, 'ha.log')
  const environment = { ...stack.monitorEnvironment(wanted), HA_LOGFACILITY: 'daemon', HA_LOGFILE: log }
  const command = [node, ...listing.preload, ...more, bundle, 'monitor']
  const { exitCode, stdout, stderr } = await execa(
    'nsenter',
    [`--net=/run/netns/${stack.engine.netns}`, ...command],
    { env: environment, extendEnv: false, reject: false, cwd: '/' },
  )
  return { exitCode, said: stdout + stderr, logged: existsSync(log), loaded: listing.loaded() }
}

test.each(['official-18', 'official-20', 'debian-12'] as const)(
  'a healthy monitor loads nothing but its kept code, starts no command and says nothing, with node %s',
  async build => {
    const node = await nodeExecutable(build)
    // The first one unpacks its program, and leaves it compiled for those that follow.
    await healthyMonitor(node, probes.plain)
    const { exitCode, said, logged, loaded } = await healthyMonitor(node, probes.plain)
    expect({ exitCode, said, logged }).toEqual({ exitCode: 0, said: '', logged: false })
    expect(loaded.filter(name => ![...withNodeFs, forKeptCode].includes(name))).toEqual([])
  },
)

test.each(['exec', 'https'] as const)('an %s probe costs no further module', async scheme => {
  const node = await nodeExecutable('official-20')
  await healthyMonitor(node, probes.plain)
  const seen = await healthyMonitor(node, probes[scheme])
  expect(seen).toMatchObject({ exitCode: 0, said: '', logged: false })
  expect(seen.loaded).toEqual([forKeptCode])
})

test('a build of node whose sockets are not known sees the same by node:net and node:tls', async () => {
  writeFileSync(hideSockets, 'process.binding = undefined')
  const node = await nodeExecutable('official-20')
  for (const [probed, module] of [
    [probes.plain, 'net'],
    [probes.https, 'tls'],
  ] as const) {
    const seen = await healthyMonitor(node, probed, ['--require', hideSockets])
    expect(seen).toMatchObject({ exitCode: 0, said: '', logged: false })
    expect(seen.loaded).toContain(module)
  }
})
