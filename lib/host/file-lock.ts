import { closeSync, mkdirSync, openSync } from 'node:fs'
import type { Lock } from './instance-lock.ts'

/**
 * Locks a file with flock(2) until the holder releases it or dies. Node has no such call, but the lock
 * belongs to the open file that parent and child share: flock(1) takes it on an inherited descriptor
 * and leaves, and it stays with us. `directory` is on a local filesystem and is made when absent.
 * @returns undefined when somebody else holds it for all of `waitMs`
 */
export async function takeFileLock(
  directory: string,
  file: string,
  waitMs: number,
): Promise<Lock | undefined> {
  mkdirSync(directory, { recursive: true, mode: 0o1755 })
  const descriptor = openSync(`${directory}/${file}`, 'a', 0o600)
  const release = () => closeSync(descriptor)
  const wait = waitMs > 0 ? ['-w', (waitMs / 1000).toFixed(3)] : ['-n']
  const { spawn } = await import('node:child_process')
  try {
    const taken = await new Promise<boolean>((resolve, reject) => {
      const child = spawn('/usr/bin/flock', [...wait, '3'], {
        cwd: '/',
        env: {},
        stdio: ['ignore', 'ignore', 'ignore', descriptor],
      })
      child.on('error', reject)
      child.on('exit', code => {
        if (code === 0 || code === 1) resolve(code === 0)
        else reject(new Error(`flock could not lock ${directory}/${file} (code ${code})`))
      })
    })
    if (taken) return { release }
  } catch (error) {
    release()
    throw error
  }
  release()
  return undefined
}
