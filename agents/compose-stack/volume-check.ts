import { askPath } from '../../lib/host/hung-path.ts'
import type { Engine } from '../../lib/net/docker-engine.ts'
import { ActionFailure, ExitCode } from '../../lib/ocf/exit-codes.ts'
import { answerMs } from './contact.ts'
import type { Container } from './containers.ts'
import { inspect, isNodeLocalVolume, type MountedVolume } from './engine.ts'

interface Mounted {
  readonly service: string
  readonly mount: MountedVolume
}

/**
 * Looks at what the created, not yet started containers will mount: a bind source that is missing
 * would be made as an empty directory (a house that starts blank), and a volume of this node stays
 * behind when the stack moves.
 *
 * @throws ActionFailure naming the service and the path
 */
export async function checkVolumes(
  engine: Engine,
  containers: readonly Container[],
  allowed: readonly string[],
): Promise<void> {
  const inspections = await Promise.all(
    containers.map(async ({ id, service }) =>
      (await inspect(engine, id, answerMs)).mounts.map((mount): Mounted => ({ service, mount })),
    ),
  )
  const mounts = inspections.flat()
  await checkBindSources(mounts.filter(({ mount }) => mount.type === 'bind'))
  for (const { service, mount } of mounts) {
    if (mount.type !== 'volume' || !mount.writable || mount.driver !== 'local') continue
    if (isAllowed(service, mount, allowed) || !(await isNodeLocalVolume(engine, mount.name, answerMs)))
      continue
    const anonymous = /^[0-9a-f]{64}$/.test(mount.name)
    const name = anonymous ? `${service}:${mount.destination}` : mount.name
    throw new ActionFailure(
      ExitCode.args,
      `service ${service} writes ${anonymous ? 'an anonymous volume' : `volume ${mount.name}`} of this node at ${mount.destination}: its data would stay behind; bind a shared path, or local_volumes=${name}`,
    )
  }
}

async function checkBindSources(mounts: readonly Mounted[]): Promise<void> {
  const sources = new Map(mounts.map(({ service, mount }) => [mount.source, service]))
  await Promise.all(
    [...sources].map(async ([source, service]) => {
      const answer = await askPath({ kind: 'stat', path: source }, 10_000)
      if (answer.kind === 'ok') return
      const what = answer.kind === 'hung' ? 'does not answer (its filesystem hangs)' : 'does not exist'
      throw new ActionFailure(
        ExitCode.generic,
        `bind source ${source} of service ${service} ${what}: mount or create it, an empty one is not made`,
      )
    }),
  )
}

function isAllowed(service: string, mount: MountedVolume, allowed: readonly string[]): boolean {
  const names = ['*', mount.name, mount.name.replace(/^[^_]*_/, ''), `${service}:${mount.destination}`]
  return names.some(name => allowed.includes(name))
}
