import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

/**
 * Gives a data root the images of another one without loading them again.
 *
 * Layers are hard links where the file system allows it: overlay2 never writes into a layer, a change made
 * by a container is copied up first. What dockerd rewrites is copied.
 */
export async function copyImageStore(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  await execa('cp', ['--archive', join(from, 'image'), to])
  const layers = join(from, 'overlay2')
  const linked = await execa('cp', ['--archive', '--link', layers, to], { reject: false })
  if (linked.exitCode === 0) return
  await execa('rm', ['-rf', join(to, 'overlay2')])
  await execa('cp', ['--archive', layers, to])
}
