import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const AGENT = join(import.meta.dirname, '../../../dist/sbin/fence_homelab')
const HUNG_MOUNT = join(import.meta.dirname, '../../conformance/hung-mounts.ts')

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'haha-fence-hung-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs status with an option that names a file on a mount that never answers; nothing listens as the device. */
async function withHungFile(option: string) {
  const caller = `
const { spawnSync } = await import('node:child_process')
const input = ['action=status', 'driver=redfish', 'ip=127.0.0.1', 'ipport=1', 'plug=1', 'username=fence', 'power_timeout=5',
  '${option}=' + process.argv[1] + '/file', ${option.startsWith('password') ? '' : "'password=played-password'"}].join('\\n')
const begin = Date.now()
const { status, stderr } = spawnSync('${AGENT}', [], { input, cwd: '/', encoding: 'utf8', timeout: 20000 })
console.log(JSON.stringify({ code: status, stderr, ms: Date.now() - begin }))`
  const args = ['--mount', '--propagation', 'private', process.execPath, HUNG_MOUNT, 'fuse', folder, caller]
  const { stdout } = await promisify(execFile)('unshare', args)
  rmSync(join(folder, 'fuse'), { recursive: true, force: true })
  const watched: { output: string } = JSON.parse(stdout)
  const answer: { code: number; stderr: string; ms: number } = JSON.parse(watched.output)
  return answer
}

test.each([
  ['password_script', 'password_script did not end'],
  ['password_file', 'password_file cannot be read'],
  ['ssl_ca_file', 'ssl_ca_file cannot be read'],
  ['debug_file', '127.0.0.1:1'],
])('fence_homelab ends by itself while %s hangs, and says what it waited for', async (option, reason) => {
  const { code, stderr, ms } = await withHungFile(option)
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(reason) })
  expect(ms).toBeLessThan(10_000)
})
