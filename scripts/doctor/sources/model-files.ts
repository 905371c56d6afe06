import { askPath } from '../../../lib/host/hung-path.ts'
import type { Cib, Resource } from '../../pacemaker/cib.ts'
import { LookFailure } from '../ask.ts'
import { mayRun } from '../placement.ts'

/** The file by which Ollama knows a model, of a resource that this node may have to run. */
export interface ModelFile {
  readonly resource: string
  readonly model: string
  /** Directory of the models. */
  readonly folder: string
  readonly present: boolean
}

/** A model that is to be looked for. */
export type NamedModel = Omit<ModelFile, 'present'>

/** Models that lie on a disk of this node; those of a container, a unit, or a share that moves are left out. */
export function modelsIn(cib: Cib, node: string): readonly NamedModel[] {
  const mounts = cib.resources
    .filter(({ agent }) => agent === 'ocf:heartbeat:Filesystem')
    .map(({ parameters }) => parameters.get('directory') ?? '/')
  return cib.resources
    .filter(resource => resource.agent === 'ocf:haha:ollama-gpu' && mayRun(cib, resource, node))
    .flatMap(modelOf)
    .filter(({ folder }) => !mounts.some(mount => `${folder}/`.startsWith(`${mount.replace(/\/+$/, '')}/`)))
}

function modelOf({ id, parameters }: Resource): readonly NamedModel[] {
  const model = parameters.get('model') ?? ''
  const folder = (parameters.get('models_dir') ?? '').replace(/\/+$/, '')
  if ((parameters.get('mode') ?? 'serve') !== 'serve' || !folder.startsWith('/')) return []
  return manifestOf(model) === undefined ? [] : [{ resource: id, model, folder }]
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
