import { statSync } from 'node:fs'
import { type Mount, mountOf, readMounts } from '../../lib/host/mounts.ts'

/** What the mount table must show under the directory. */
export interface Expected {
  readonly directory: string
  readonly fstype: string
  readonly device: string | undefined
  readonly mountpoint: string | undefined
}

/** Whether the directory lies on the filesystem that it should; told by the mount table alone. */
export type Ground =
  | { readonly kind: 'right'; readonly mount: Mount }
  /** Something else, or nothing, is mounted there: exporting would show clients an empty directory. */
  | { readonly kind: 'wrong'; readonly reason: string }

/** Looks at this node's table. No filesystem is touched but /dev. */
export function findGround(expected: Expected, mounts: readonly Mount[] = readMounts()): Ground {
  return judgeGround(expected, mounts, deviceNumber)
}

/**
 * @param numberOf `major:minor` of a device file, undefined when there is none
 */
export function judgeGround(
  { directory, fstype, device, mountpoint }: Expected,
  mounts: readonly Mount[],
  numberOf: (device: string) => string | undefined,
): Ground {
  const mount = mountOf(directory, mounts)
  const wrong = (reason: string): Ground => ({ kind: 'wrong', reason })
  if (mountpoint !== undefined && mount?.mountPoint !== mountpoint) {
    return wrong(`nothing is mounted on ${mountpoint}: start its filesystem resource first, see mount`)
  }
  if (mount === undefined || mount.fstype !== fstype) {
    const found = mount === undefined ? 'no filesystem' : `${mount.fstype} (${mount.source})`
    return wrong(`${directory} is not on a mounted ${fstype} but on ${found}: is its filesystem mounted?`)
  }
  if (device !== undefined && mount.source !== device && numberOf(device) !== mount.device) {
    return wrong(
      `${directory} is on ${mount.source}, not on ${device} (device): the wrong filesystem is mounted`,
    )
  }
  return { kind: 'right', mount }
}

/** The node of a device lies on devtmpfs: looking at it asks the device nothing. */
function deviceNumber(device: string): string | undefined {
  if (!device.startsWith('/dev/')) return undefined
  try {
    const { rdev } = statSync(device)
    // makedev(3): the low byte and the upper bits of each number.
    const major = Math.floor(rdev / 256) % 4096
    const minor = (rdev % 256) + Math.floor(rdev / 2 ** 20) * 256
    return `${major}:${minor}`
  } catch {
    return undefined
  }
}
