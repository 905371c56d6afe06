import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bareSpawn } from '../../../lib/host/bare-processes.ts'
import type { Child, ChildOrder, Spawn } from '../../../lib/host/child.ts'
import { nodeSpawn } from '../../../lib/host/node-processes.ts'

const nothingMore = { input: undefined, beforeGate: undefined, gateSaid: () => {} }

/** Everything that is told of a shell with this script. */
function story(spawn: Spawn, script: string, more: Partial<ChildOrder> = {}): Promise<string[]> {
  const told: string[] = []
  return new Promise((resolve, reject) => {
    const order = { file: '/bin/sh', args: ['-c', script], env: { A: '1' }, detached: false, ...more }
    try {
      spawn(order, {
        output: (stream, bytes) => told.push(`${stream} ${bytes}`),
        ended: (code, signal) => told.push(`ended ${code} ${signal}`),
        closed: () => resolve(told.sort()),
        failed: code => resolve([...told, `failed ${code}`]),
      })
    } catch (cause) {
      reject(cause)
    }
  })
}

const ways = [
  ['node:child_process', () => nodeSpawn(nothingMore)],
  [
    'the processes below it',
    async () => {
      const bare = bareSpawn(process.version)
      if (bare === undefined) throw new Error(`the processes of ${process.version} are not known`)
      return bare
    },
  ],
] as const

describe.each(ways)('a program started by %s', (_, way) => {
  test('tells both outputs, its code or signal, and the end', async () => {
    const spawn = await way()
    expect(await story(spawn, 'echo out; echo err >&2; exit 3')).toEqual([
      'ended 3 undefined',
      'stderr err\n',
      'stdout out\n',
    ])
    expect(await story(spawn, 'kill -TERM $$')).toEqual(['ended undefined SIGTERM'])
  })

  test('has an empty stdin, the root folder, and the environment it is given alone', async () => {
    const told = await story(await way(), 'echo "$(cat) $(pwd) $(tr "\\0" " " </proc/$$/environ)"')
    expect(told).toContain('stdout  / A=1 \n')
  })

  test('tells a large output whole', async () => {
    const told = await story(await way(), 'head -c 500000 /dev/zero')
    const zeros = told.filter(text => text.startsWith('stdout ')).map(text => text.length - 'stdout '.length)
    expect(zeros.reduce((sum, length) => sum + length, 0)).toBe(500_000)
  })

  test('leads a session of its own when it is to', async () => {
    const session = 'cut -d " " -f 6 /proc/$$/stat; echo $$'
    const own = await story(await way(), session, { detached: true })
    const [leader, pid] = own
      .filter(text => text.startsWith('stdout'))
      .join('')
      .replaceAll('stdout ', '')
      .split('\n')
    expect(leader).toBe(pid)
  })

  test('that is not there is told as missing', async () => {
    const spawn = await way()
    const outcome = await story(spawn, '', { file: '/nowhere' }).catch((cause: unknown) => cause)
    expect(
      outcome instanceof Error ? outcome : { code: String(outcome).replace('failed ', '') },
    ).toMatchObject({
      code: 'ENOENT',
    })
  })

  test('can be killed, and left behind without a word', async () => {
    const spawn = await way()
    const told: string[] = []
    const begin = (): Child =>
      spawn(
        { file: '/bin/sleep', args: ['60'], env: {}, detached: false },
        {
          output: () => told.push('output'),
          ended: (code, signal) => told.push(`ended ${code} ${signal}`),
          closed: () => told.push('closed'),
          failed: code => told.push(code),
        },
      )
    const killed = begin()
    killed.kill()
    await expect.poll(() => told).toEqual(['ended undefined SIGKILL', 'closed'])
    killed.kill()
    killed.release()
    const left = begin()
    left.release()
    process.kill(left.pid ?? 0, 'SIGKILL')
    // Taken from the process table all the same, and not told.
    await expect.poll(() => existsSync(`/proc/${left.pid}`)).toBe(false)
    expect(told).toHaveLength(2)
  })
})

test('a build of node that is not known gets node:child_process', () => {
  for (const version of ['v16.20.2', 'v19.0.0', 'v24.11.0'])
    expect(bareSpawn(version), version).toBeUndefined()
})
