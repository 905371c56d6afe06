import { askPath } from '../../../lib/host/hung-path.ts'
import type { Cib, Resource } from '../../pacemaker/cib.ts'
import { LookFailure } from '../ask.ts'
import { shellWord } from '../finding.ts'
import { mayRun } from '../placement.ts'
import { folderOf, type ModelPlaces, serverOf } from './model-folders.ts'

/** The file by which Ollama knows a model, of a resource that this node may have to run. */
export interface ModelFile {
  readonly resource: string
  readonly model: string
  /** Directory of the models. */
  readonly folder: string
  /** Command that fetches it where the server runs. */
  readonly pull: string
  readonly present: boolean
}

/** A model that is to be looked for. */
export type NamedModel = Omit<ModelFile, 'present'>

/** Models that lie on a disk of this node; those on a share that moves are left out. */
export function modelsIn(cib: Cib, node: string, places: ModelPlaces): readonly NamedModel[] {
  const mounts = cib.resources
    .filter(({ agent }) => agent === 'ocf:heartbeat:Filesystem')
    .map(({ parameters }) => parameters.get('directory') ?? '/')
  return cib.resources
    .filter(resource => resource.agent === 'ocf:haha:ollama-gpu' && mayRun(cib, resource, node))
    .flatMap(resource => modelOf(resource, places))
    .filter(({ folder }) => !mounts.some(mount => `${folder}/`.startsWith(`${mount.replace(/\/+$/, '')}/`)))
}

function modelOf(resource: Resource, places: ModelPlaces): readonly NamedModel[] {
  const model = resource.parameters.get('model') ?? ''
  const server = serverOf(resource)
  const folder = server === undefined ? undefined : folderOf(server, places)
  if (server === undefined || folder === undefined || manifestOf(model) === undefined) return []
  const inside = server.mode === 'docker' ? `docker exec ${shellWord(server.container)} ` : ''
  return [{ resource: resource.id, model, folder, pull: `${inside}ollama pull ${shellWord(model)}` }]
}

/**
 * Where a model's manifest lies below the folder: registry, namespace, name and tag, the first two of them and
 * the tag with Ollama's own defaults. Undefined for a name with capitals, which Ollama finds in any case.
 */
export function manifestOf(model: string): string | undefined {
  if (!/^[a-z0-9][a-z0-9._:/-]*$/.test(model)) return undefined
  const parts = model.split('/')
  const [name = '', tag = 'latest', ...more] = (parts.pop() ?? '').split(':')
  const namespace = parts.pop() ?? 'library'
  const registry = parts.pop() ?? 'registry.ollama.ai'
  if (name === '' || tag === '' || more.length > 0 || parts.length > 0) return undefined
  return `manifests/${registry}/${namespace}/${name}/${tag}`
}

/** A models directory may lie on a filesystem that hangs, so a child looks, and nobody waits beyond its time. */
export async function lookAtModels(
  models: readonly NamedModel[],
  timeoutMs: number,
): Promise<readonly ModelFile[]> {
  return await Promise.all(
    models.map(async named => {
      const path = `${named.folder}/${manifestOf(named.model) ?? ''}`
      const answer = await askPath({ kind: 'stat', path }, timeoutMs)
      if (answer.kind === 'hung') throw new LookFailure(`${path} gave no answer in time`)
      if (answer.kind === 'error') throw new LookFailure(answer.text)
      return { ...named, present: answer.kind === 'ok' }
    }),
  )
}
