import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { readAnswer } from '../../../scripts/drill/answers.ts'

const PROGRAM = join(import.meta.dirname, '../../../scripts/show/run-client.ts')

test('the client asks every service of the house, at another pace when it is told one, and ends with its stdin', async () => {
  // An address of the loopback on which nobody listens.
  const child = spawn(process.execPath, [PROGRAM, '127.9.9.9'], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    let told = ''
    child.stdout.on('data', (text: Buffer) => {
      told += text.toString('utf8')
    })
    const answers = () => told.split('\n').flatMap(line => readAnswer(line) ?? [])
    await expect.poll(() => new Set(answers().map(({ service }) => service)).size).toBe(5)
    await expect.poll(() => answers().length).toBeGreaterThan(20)
    expect(answers().every(({ ok }) => !ok)).toBe(true)

    child.stdin.write('600000\n')
    const isQuiet = async () => {
      const before = answers().length
      await pause(500)
      return answers().length === before
    }
    await expect.poll(isQuiet).toBe(true)
    const exit = once(child, 'exit')
    child.stdin.end()
    expect(await exit).toEqual([0, null])
  } finally {
    child.kill('SIGKILL')
  }
})
