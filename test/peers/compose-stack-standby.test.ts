import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type ActionRun, runAction } from '../executor.ts'
import { type MisbehavingServer, serve } from '../unit/net/misbehaving-server.ts'

const AGENT = join(import.meta.dirname, '../../dist/ocf/haha/compose-stack')
const folder = mkdtempSync(join(tmpdir(), 'haha-standby-'))

/** Plays systemd, which listens for dockerd and starts it at the first connection. */
let systemd: MisbehavingServer

beforeAll(async () => {
  systemd = await serve(() => {}, join(folder, 'docker.sock'))
})
beforeEach(() => {
  systemd.heard.length = 0
})
afterAll(async () => {
  await systemd.close()
  rmSync(folder, { recursive: true, force: true })
})

/**
 * A program that runs another where no dockerd runs and /run/docker.sock is listened on: in namespaces of
 * its own, so that the host's /run and its processes are out of sight.
 */
function onStandby(program: string): string {
  const file = join(folder, `standby-${program.split('/').at(-1)}`)
  const inside = `mount -t tmpfs tmpfs /run && mkdir /run/resource-agents && touch /run/docker.sock &&
    mount --bind ${folder}/docker.sock /run/docker.sock && exec ${program} "$@"`
  const namespaces = '--mount --pid --fork --kill-child --mount-proc'
  writeFileSync(file, `#!/bin/sh\nexec unshare ${namespaces} sh -c '${inside}' sh "$@"\n`, { mode: 0o755 })
  return file
}

function run(program: string, action: string, more: Partial<ActionRun> = {}) {
  return runAction(onStandby(program), { action, instance: 'p_standby', ...more })
}

test('a connection to the socket of the standby would be noticed', async () => {
  const client = join(folder, 'client')
  const script = "require('net').connect('/run/docker.sock', () => process.exit(0))"
  writeFileSync(client, `#!/bin/sh\nexec ${process.execPath} -e "${script}"\n`, { mode: 0o755 })
  const { code, stderr } = await run(client, 'connect')
  expect(code, stderr).toBe(0)
  expect(systemd.heard).toHaveLength(1)
})

test.each(['/run/docker.sock', '/var/run/docker.sock'])(
  'on a standby that listens on %s for dockerd, no look wakes it',
  async socket => {
    const parameters = { directory: '/srv/no/such/stack', socket }
    const probe = await run(AGENT, 'monitor', { parameters })
    expect(probe.code, probe.stderr).toBe(7)
    for (const checkLevel of [0, 10, 20]) {
      expect((await run(AGENT, 'monitor', { parameters, intervalMs: 20_000, checkLevel })).code).toBe(7)
    }
    expect((await run(AGENT, 'stop', { parameters })).code).toBe(0)
    expect((await run(AGENT, 'validate-all', { parameters })).code).toBe(0)
    expect(systemd.heard).toEqual([])
  },
)
