import type { Server } from 'node:net'
import { monotonicMs } from './clock.ts'
import { takeFileLock } from './file-lock.ts'
import { lockName } from './lock-name.ts'

/** Held until released or until its holder dies, however it dies. Never delays the holder's exit. */
export interface Lock {
  release(): void
}

/** Where the state files are, too; on tmpfs. Only used by node 18. */
const lockDirectory = '/run/resource-agents'

/**
 * Makes this process the only one that acts on an instance: two operators, or an operator and Pacemaker.
 * It binds an abstract unix socket (unix(7)), which the kernel frees at any death of its holder.
 * @returns undefined when somebody else holds it for all of `waitMs`
 */
export async function takeInstanceLock(name: string, waitMs: number): Promise<Lock | undefined> {
  if (!bindsAbstractNames(process.versions.uv)) {
    return takeFileLock(lockDirectory, `haha-ocf-${lockName(name)}.lock`, waitMs)
  }
  const { createServer } = await import('node:net')
  const path = `\0haha-ocf/${lockName(name)}`
  const end = monotonicMs() + waitMs
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, 200)) {
    const server = createServer(socket => socket.destroy())
    if (await bound(server, path)) return { release: () => server.close() }
    const left = end - monotonicMs()
    if (left <= 0) return undefined
    await new Promise(resolve => setTimeout(resolve, Math.min(pauseMs, left)))
  }
}

/**
 * libuv before 1.46 (node 18) ends the name at its leading NUL: every instance would share one lock
 * with every other.
 */
export function bindsAbstractNames(libuv: string): boolean {
  const [major = 0, minor = 0] = libuv.split('.').map(Number)
  return major > 1 || (major === 1 && minor >= 46)
}

function bound(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.on('error', error => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    server.listen({ path, exclusive: true }, () => {
      server.unref()
      resolve(true)
    })
  })
}
