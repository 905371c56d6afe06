import { readdirSync, readlinkSync } from 'node:fs'
import { kernelText, processIds } from '../../lib/host/processes.ts'
import type { Address } from './address.ts'

/** Who listens where a server would have to: `nginx (pid 812)`; undefined when nobody does. */
export function portOwner(address: Address): string | undefined {
  const inode = listeningInode(address)
  if (inode === undefined) return undefined
  for (const pid of processIds()) {
    if (!holds(pid, `socket:[${inode}]`)) continue
    return `${kernelText(`/proc/${pid}/comm`).trim()} (pid ${pid})`
  }
  return 'a process that cannot be seen'
}

/** The socket in state LISTEN (0A) of /proc/net/tcp (proc(5)), where an address stands with its bytes reversed. */
function listeningInode({ host, port }: Address): string | undefined {
  const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0')
  const own = host.split('.').reduceRight((text, byte) => text + hex(Number(byte), 2), '')
  const elsewhere = (other: string) =>
    /^[1-9]/.test(host) && other.length === 8 && ![own, '00000000'].includes(other)
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of kernelText(table).split('\n')) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
      const [other = '', at] = local?.split(':') ?? []
      if (state === '0A' && at === hex(port, 4) && !elsewhere(other)) return inode
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
