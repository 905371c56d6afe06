import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { execa } from 'execa'
import { cgroupPaths, findProcesses } from '../engine/processes.ts'
import { type ClusterPlace, cgroupName, nodePlace } from './place.ts'
import type { NodeName } from './plan.ts'

const FREEZABLE = new Set(['btrfs', 'ext4', 'f2fs', 'xfs'])

/**
 * Lets go of what a dying node's processes wait for without end: frozen filesystems and FUSE servers that
 * do not answer. A power cut ends a process in state D; SIGKILL does not.
 */
export async function releaseStuckStorage(place: ClusterPlace, node: NodeName): Promise<void> {
  const group = cgroupName(nodePlace(place, node).cgroup)
  const stuck = findProcesses(pid => cgroupPaths(pid).some(path => `${path}/`.startsWith(`${group}/`)))
  for (const { pid } of stuck) {
    for (const { path, type, device } of mountsOf(pid)) {
      if (type.startsWith('fuse') && type !== 'fusectl') await abortFuse(device)
      else if (FREEZABLE.has(type)) {
        const thaw = [`--target=${pid}`, '--mount', 'fsfreeze', '--unfreeze', path]
        await execa('nsenter', thaw, { reject: false, timeout: 2_000 })
      }
    }
  }
}

interface Mount {
  readonly path: string
  readonly type: string
  /** MAJOR:MINOR. */
  readonly device: string
}

function mountsOf(pid: number): Mount[] {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
      .split('\n')
      .flatMap(line => {
        const [before = '', after = ''] = line.split(' - ')
        const [, , device, , path] = before.split(' ')
        const [type] = after.split(' ')
        return device && path && type ? [{ device, path, type }] : []
      })
  } catch {
    return []
  }
}

async function abortFuse(device: string): Promise<void> {
  const minor = device.split(':')[1] ?? ''
  await writeFile(`/sys/fs/fuse/connections/${minor}/abort`, '1').catch(() => undefined)
}
