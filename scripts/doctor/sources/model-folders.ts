import { readText } from '../../../lib/host/small-file.ts'
import type { Cib, Resource } from '../../pacemaker/cib.ts'
import { askedOf } from '../ask.ts'
import type { Container } from './containers.ts'
import { fullName } from './units.ts'

/** What runs Ollama for a resource, by its parameter `mode`. */
export type ModelServer =
  | { readonly mode: 'serve'; readonly folder: string }
  | { readonly mode: 'docker'; readonly container: string }
  | { readonly mode: 'systemd'; readonly unit: string }

/** @returns undefined for a mode that the agent does not have */
export function serverOf({ parameters }: Resource): ModelServer | undefined {
  switch (parameters.get('mode') ?? 'serve') {
    case 'serve':
      return { mode: 'serve', folder: parameters.get('models_dir') ?? '' }
    case 'docker':
      return { mode: 'docker', container: parameters.get('container') ?? 'ollama' }
    case 'systemd':
      return { mode: 'systemd', unit: fullName(parameters.get('unit') ?? 'ollama') }
    default:
      return undefined
  }
}

/** What this node has of that which runs Ollama. */
export interface ModelPlaces {
  readonly containers: readonly Container[]
  /** Directory of the models of each unit of which it is known. */
  readonly units: ReadonlyMap<string, string>
}

/** The directory of this node in which a server has its models; undefined when that cannot be known. */
export function folderOf(server: ModelServer, { containers, units }: ModelPlaces): string | undefined {
  const folder = wherever(server, containers, units)?.replace(/\/+$/, '')
  return folder?.startsWith('/') === true ? folder : undefined
}

function wherever(
  server: ModelServer,
  containers: readonly Container[],
  units: ReadonlyMap<string, string>,
): string | undefined {
  if (server.mode === 'serve') return server.folder
  if (server.mode === 'systemd') return units.get(server.unit)
  const container = containers.find(({ name }) => name === server.container)
  return container === undefined ? undefined : folderBehind(container)
}

/** What the container mounts where its Ollama looks; a model in the container's own layers is not looked for. */
function folderBehind({ mounts, environment }: Container): string | undefined {
  const inside = modelsBy(environment, '/root') ?? ''
  const [mount] = mounts
    .filter(({ destination }) => `${inside}/`.startsWith(`${destination.replace(/\/+$/, '')}/`))
    .sort((one, other) => other.destination.length - one.destination.length)
  return mount === undefined ? undefined : `${mount.source}${inside.slice(mount.destination.length)}`
}

/** Ollama's own rule. @param environment `NAME=value` each @param account home of the user that it runs as */
function modelsBy(environment: readonly string[], account: string | undefined): string | undefined {
  const value = (name: string) => environment.find(one => one.startsWith(`${name}=`))?.slice(name.length + 1)
  const home = value('HOME') ?? account
  return value('OLLAMA_MODELS') ?? (home === undefined ? undefined : `${home}/.ollama/models`)
}

/**
 * Directories of the models of all units that resources run Ollama by.
 * @throws LookFailure when systemd does not answer
 */
export async function lookAtModelUnits(cib: Cib, timeoutMs: number): Promise<ReadonlyMap<string, string>> {
  const servers = cib.resources.filter(({ agent }) => agent === 'ocf:haha:ollama-gpu').map(serverOf)
  const names = [...new Set(servers.flatMap(server => (server?.mode === 'systemd' ? [server.unit] : [])))]
  if (names.length === 0) return new Map()
  const properties = ['LoadState', 'User', 'Environment', 'EnvironmentFiles']
  const args = ['show', ...properties.map(one => `--property=${one}`), '--', ...names]
  const passwd = readText('/etc/passwd') ?? ''
  // A paragraph for each unit that was asked for.
  const shown = (await askedOf('systemctl', args, timeoutMs)).split('\n\n')
  return new Map(
    names.flatMap((name, index) => {
      const folder = folderOfUnit(shown[index] ?? '', passwd)
      return folder === undefined ? [] : [[name, folder] as const]
    }),
  )
}

/**
 * @param shown `systemctl show` of a unit
 * @returns undefined for a unit that is not there, or whose variables stand in files
 */
export function folderOfUnit(shown: string, passwd: string): string | undefined {
  const property = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(shown)?.[1] ?? ''
  if (property('LoadState') !== 'loaded' || property('EnvironmentFiles') !== '') return undefined
  const user = property('User') || 'root'
  const account = passwd.split('\n').find(line => line.startsWith(`${user}:`))
  // systemd quotes what has a blank in it.
  const environment = property('Environment').match(/"[^"]*"|\S+/g) ?? []
  return modelsBy(
    environment.map(one => one.replaceAll('"', '')),
    account?.split(':')[5],
  )
}
