import { readdirSync } from 'node:fs'
import { findDaemon } from '../../../agents/compose-stack/daemon.ts'
import { isLocalPath } from '../../../lib/host/mounts.ts'
import { readText } from '../../../lib/host/small-file.ts'
import { callEngine, type Engine, engineJson } from '../../../lib/net/docker-engine.ts'
import { at, entriesOf, items, itemsAt, type Json, parseJson, stringAt } from '../../../lib/ocf/json.ts'
import { LookFailure } from '../ask.ts'

/** A container on this node, running or not. */
export interface Container {
  readonly name: string
  /** Compose project it belongs to, empty for one made by hand. */
  readonly project: string
  readonly service: string
  /** `no`, `on-failure`, `unless-stopped`, `always`. */
  readonly policy: string
  /** Directories of this node, volumes included, and where the container has them. */
  readonly mounts: readonly { readonly source: string; readonly destination: string }[]
  /** `NAME=value` each; may hold secrets, and is told to nobody. */
  readonly environment: readonly string[]
}

const socketPath = '/run/docker.sock'
const usualDataRoot = '/var/lib/docker'

/**
 * By the engine where dockerd runs, else by its files: a question to the socket would start a dockerd that
 * sleeps on a standby, and what starts at boot stands in the files anyway.
 * @throws LookFailure when dockerd runs and does not answer, or its files cannot be read
 */
export async function lookAtContainers(timeoutMs: number): Promise<readonly Container[]> {
  if (findDaemon(socketPath) !== undefined) return askEngine({ socketPath }, timeoutMs)
  const dataRoot =
    stringAt(parseJson(readText('/etc/docker/daemon.json') ?? '{}'), 'data-root') ?? usualDataRoot
  if (!isLocalPath(dataRoot)) throw new LookFailure(`${dataRoot} is not on a local filesystem`)
  return readFiles(`${dataRoot}/containers`)
}

async function askEngine(engine: Engine, timeoutMs: number): Promise<readonly Container[]> {
  const get = async (what: string, path: string) =>
    engineJson(engine, await callEngine(engine, what, 'GET', path, timeoutMs))
  const list = items(await get('list containers', '/containers/json?all=1'))
  const ids = list.flatMap(item => stringAt(item, 'Id') ?? [])
  const told = await Promise.all(
    // One that was removed since it was listed is no fault.
    ids.map(id => get('inspect a container', `/containers/${id}/json`).catch(() => undefined)),
  )
  return told.flatMap(json => (json === undefined ? [] : [readContainer(json, json)]))
}

function readFiles(folder: string): readonly Container[] {
  let names: readonly string[]
  try {
    names = readdirSync(folder)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return []
    throw new LookFailure(cause instanceof Error ? cause.message : String(cause))
  }
  return names.flatMap(name => {
    const own = parseJson(readText(`${folder}/${name}/config.v2.json`) ?? '')
    const host = parseJson(readText(`${folder}/${name}/hostconfig.json`) ?? '')
    return own === undefined || host === undefined ? [] : [readContainer(own, { HostConfig: host })]
  })
}

/** The engine's answer and its files have the same names for these, but for the mounts. */
export function readContainer(own: Json, host: Json): Container {
  const label = (name: string) => stringAt(own, 'Config', 'Labels', `com.docker.compose.${name}`) ?? ''
  return {
    name: (stringAt(own, 'Name') ?? '').replace(/^\//, ''),
    project: label('project'),
    service: label('service'),
    policy: stringAt(host, 'HostConfig', 'RestartPolicy', 'Name') || 'no',
    mounts: [
      ...itemsAt(own, 'Mounts'),
      ...entriesOf(at(own, 'MountPoints')).map(([, mount]) => mount),
    ].flatMap(mount => {
      const source = stringAt(mount, 'Source') ?? ''
      const destination = stringAt(mount, 'Destination') ?? ''
      return source === '' || destination === '' ? [] : [{ source, destination }]
    }),
    environment: itemsAt(own, 'Config', 'Env').flatMap(one => (typeof one === 'string' ? [one] : [])),
  }
}
