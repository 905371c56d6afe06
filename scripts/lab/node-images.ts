import { execa } from 'execa'
import type { ImageName } from '../engine/images.ts'
import { archiveOf, withImageArchive } from '../engine/images.ts'
import { enterNode, execInside } from './inside.ts'
import type { ClusterPlace } from './place.ts'
import type { ClusterPlan, NodeName } from './plan.ts'

const LOAD_MS = 300_000

/** Gives images to the engines of all workers. One archive for all of them, cached layers below it. */
export async function loadNodeImages(
  place: ClusterPlace,
  plan: ClusterPlan,
  names: readonly ImageName[],
): Promise<void> {
  await Promise.all(plan.workers.map(node => loadInto(place, node, names)))
}

async function loadInto(place: ClusterPlace, node: NodeName, names: readonly ImageName[]): Promise<void> {
  const { stdout } = await execInside(place, node, [
    'docker',
    'images',
    '--format',
    '{{.Repository}}:{{.Tag}}',
  ])
  const present = stdout.split('\n')
  const missing = names.filter(name => !present.includes(name))
  if (missing.length === 0) return
  const enter = enterNode(place, node, ['docker', 'load', '--quiet'])
  await withImageArchive(missing, folder =>
    execa('tar', archiveOf(folder), { buffer: false }).pipe(...enter, { timeout: LOAD_MS }),
  )
}
