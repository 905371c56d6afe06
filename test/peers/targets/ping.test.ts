import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { debianPrograms } from './debian-programs.ts'
import { look } from './looks.ts'

/** A network of its own in which nobody but itself answers, and no way leads out of its own subnet. */
const network = `haha-ping-${process.pid}`
const here = '192.0.2.1'
const silent = '192.0.2.9'
const elsewhere = '198.51.100.1'

const scratch = mkdtempSync(join(tmpdir(), 'targets-ping-'))
let programs: Awaited<ReturnType<typeof debianPrograms>>

beforeAll(async () => {
  programs = await debianPrograms()
  await execa('ip', ['netns', 'add', network])
  const inside = (...args: readonly string[]) => execa('ip', ['-n', network, ...args])
  await inside('link', 'set', 'lo', 'up')
  await inside('link', 'add', 'lan', 'type', 'veth', 'peer', 'name', 'away')
  await inside('link', 'set', 'away', 'up')
  await inside('link', 'set', 'lan', 'up')
  await inside('addr', 'add', `${here}/24`, 'dev', 'lan')
}, 300_000)
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true })
  await execa('ip', ['netns', 'delete', network], { reject: false })
})

/** Makes a script the ping of this process: of this maker, and in that network. */
function pingIs(script: string): void {
  const folder = mkdtempSync(join(scratch, 'bin-'))
  writeFileSync(join(folder, 'ping'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  vi.stubEnv('PATH', `${folder}:${process.env.PATH ?? ''}`)
}

const makers = [
  ['iputils', () => '/usr/bin/ping'],
  ['BusyBox', () => `${programs.busybox} ping`],
  ['inetutils', () => programs.inetutilsPing],
] as const

describe.each(makers)('the ping of %s', (_, command) => {
  const asked = async (address: string) => {
    pingIs(`exec ip netns exec ${network} ${command()} "$@"`)
    try {
      return await look(`icmp://${address}`, { timeoutMs: 1000, deadlineMs: 2500, attempts: 2 })
    } finally {
      vi.unstubAllEnvs()
    }
  }

  test('tells a host that answers', async () => {
    expect(await asked(here)).toMatchObject({
      up: true,
      detail: expect.stringMatching(/\d ms, answered in \d/),
    })
  })

  test('tells a silent host, which is asked twice and within the limits', async () => {
    const { milliseconds, ...answer } = await asked(silent)
    expect(answer).toEqual({
      up: false,
      detail: expect.stringMatching(/^icmp:\/\/192\.0\.2\.9 gave no answer.*, 2 times$/),
    })
    expect(milliseconds).toBeGreaterThan(1900)
    expect(milliseconds).toBeLessThan(4000)
  })

  test('tells a node without a way there at once, as its own fault', async () => {
    const { milliseconds, ...answer } = await asked(elsewhere)
    expect(answer).toEqual({ up: false, detail: expect.stringContaining('no way there from this node') })
    expect(milliseconds).toBeLessThan(1800)
  })
})

describe('a node that cannot ask knows nothing of the peripheral', () => {
  test.each([
    ['a ping that knows other options', "echo 'ping: invalid option -- n' >&2; exit 2", 'invalid option'],
    ['a ping that may not', "echo 'ping: socket: Operation not permitted' >&2; exit 2", 'not permitted'],
    ['a ping that crashes', 'kill -SEGV $$', 'exit code none'],
    ['a ping that prints endlessly and ends', 'head -c 3000000 /dev/zero; exit 3', 'exit code 3'],
  ])('%s', async (_, script, reason) => {
    pingIs(script)
    const answer = await look(`icmp://${here}`, { attempts: 1, timeoutMs: 1000 })
    vi.unstubAllEnvs()
    expect(answer).toMatchObject({ up: false, unasked: true, detail: expect.stringContaining(reason) })
    expect(answer.detail.length).toBeLessThan(200)
  })

  test('no ping at all', async () => {
    vi.stubEnv('OCF_TESTER_FAIL_HAVE_BINARY', '1')
    const answer = await look(`icmp://${here}`)
    vi.unstubAllEnvs()
    expect(answer).toMatchObject({
      up: false,
      unasked: true,
      detail: expect.stringContaining('iputils-ping'),
    })
  })

  test('a ping that never ends is ended, its child included', async () => {
    pingIs('echo $$ > "$(dirname "$0")/pid"; exec sleep 60')
    const folder = process.env.PATH?.split(':')[0] ?? ''
    const answer = await look(`icmp://${here}`, { attempts: 1, timeoutMs: 300 })
    vi.unstubAllEnvs()
    expect(answer).toMatchObject({ up: false, detail: expect.stringContaining('no answer within 300 ms') })
    const pid = Number((await execa('cat', [`${folder}/pid`])).stdout)
    await expect.poll(() => isThere(pid)).toBe(false)
  })
})

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
