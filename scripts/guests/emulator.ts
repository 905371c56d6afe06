import { join } from 'node:path'
import { cached, contentKey } from '../engine/cache.ts'
import { type DebianSuite, loaderOf, unpackPackages } from '../engine/debian.ts'

/**
 * QEMU 10: emulated by the one of Debian 12 (7.2), a process costs four times as much to start, and node a quarter
 * more. Nothing of this machine is changed: it runs from a folder of the cache, with the libraries of its release.
 */
const SUITE: DebianSuite = 'trixie'
const PACKAGE = 'qemu-system-x86'

/** @returns the command line to which QEMU's own options are added; unpacked once */
export async function emulatorCommand(): Promise<readonly string[]> {
  const folder = await cached(`qemu-${SUITE}-${contentKey(SUITE, PACKAGE, '1')}`, target =>
    unpackPackages(SUITE, [PACKAGE], target),
  )
  const own = (path: string) => join(folder, 'usr', path)
  return [
    ...[loaderOf(folder), '--library-path', own('lib/x86_64-linux-gnu'), own('bin/qemu-system-x86_64')],
    // Its place is not the one that it was built for.
    ...['-L', own('share/qemu'), '-L', own('share/seabios')],
  ]
}
