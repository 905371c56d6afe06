import { readdirSync, readlinkSync } from 'node:fs'
import { kernelText, processIds } from '../../lib/host/processes.ts'

/** Who listens on a port of this node: `nginx (pid 812)`; undefined when nobody does. */
export function portOwner(port: number): string | undefined {
  const inode = listeningInode(port)
  if (inode === undefined) return undefined
  for (const pid of processIds()) {
    if (!holds(pid, `socket:[${inode}]`)) continue
    return `${kernelText(`/proc/${pid}/comm`).trim()} (pid ${pid})`
  }
  return 'a process that cannot be seen'
}

/** The socket in state LISTEN (0A) of /proc/net/tcp (proc(5)). */
function listeningInode(port: number): string | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of kernelText(table).split('\n')) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
      if (state === '0A' && local?.endsWith(`:${hex}`) === true) return inode
    }
  }
  return undefined
}

function holds(pid: number, socket: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some(descriptor => linkOf(pid, descriptor) === socket)
  } catch {
    return false
  }
}

/** Empty for one that was closed while its neighbours were read. */
function linkOf(pid: number, descriptor: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${descriptor}`)
  } catch {
    return ''
  }
}
