import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const AGENT = join(import.meta.dirname, '../../dist/ocf/haha/compose-stack')
const HUNG_MOUNT = join(import.meta.dirname, 'hung-mounts.ts')

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'haha-hung-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  for (const kind of ['json', 'durations.json']) {
    rmSync(`/run/resource-agents/haha/compose-stack-conformance-hung.${kind}`, { force: true })
  }
})

/** Runs one action with its directory on a mount that never answers. */
async function onHungMount(action: string, timeoutMs: number) {
  const agent = `
const { spawnSync } = await import('node:child_process')
const environment = { PATH: process.env.PATH, OCF_ROOT: '/usr/lib/ocf', OCF_RESOURCE_INSTANCE: 'conformance-hung',
  OCF_RESKEY_crm_feature_set: '3.16.2', OCF_RESKEY_CRM_meta_timeout: '${timeoutMs}', OCF_RESKEY_CRM_meta_interval: '20000',
  OCF_RESKEY_directory: process.argv[1] + '/stack', OCF_RESKEY_socket: '${folder}/docker.sock' }
const begin = Date.now()
const { status, stderr } = spawnSync('${AGENT}', ['${action}'], { env: environment, cwd: '/', encoding: 'utf8', timeout: 20000 })
console.log(JSON.stringify({ code: status, reason: /^ocf-exit-reason:(.*)$/m.exec(stderr)?.[1] ?? '', ms: Date.now() - begin }))`
  const args = ['--mount', '--propagation', 'private', process.execPath, HUNG_MOUNT, 'fuse', folder, agent]
  const { stdout } = await promisify(execFile)('unshare', args)
  rmSync(join(folder, 'fuse'), { recursive: true, force: true })
  const watched: { output: string } = JSON.parse(stdout)
  const answer: { code: number; reason: string; ms: number } = JSON.parse(watched.output)
  return answer
}

test('monitor and stop do not touch the directory: they answer at once while its filesystem hangs', async () => {
  const monitor = await onHungMount('monitor', 20_000)
  expect(monitor).toMatchObject({ code: 7, reason: '' })
  expect(monitor.ms).toBeLessThan(1500)
  const stop = await onHungMount('stop', 20_000)
  expect(stop.code).toBe(0)
  expect(stop.ms).toBeLessThan(1500)
})

test('start leaves by itself, before the kill, and names the filesystem', async () => {
  const { code, reason, ms } = await onHungMount('start', 4000)
  expect(code).toBe(1)
  expect(reason).toContain('the filesystem under')
  expect(ms).toBeLessThan(4000)
})
