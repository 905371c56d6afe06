import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const CONTAINER_GROUP = /^(?:docker-)?([0-9a-f]{64})(?:\.scope)?$/

/** Ids of the Docker containers below a control group that have live processes. */
export function liveContainers(cgroup: string): string[] {
  const found = new Set<string>()
  const walk = (folder: string, container: string | undefined) => {
    if (container !== undefined && processesOf(folder) !== '') found.add(container)
    for (const name of foldersIn(folder))
      walk(join(folder, name), container ?? CONTAINER_GROUP.exec(name)?.[1])
  }
  walk(cgroup, undefined)
  return [...found]
}

/**
 * The compose service of a container, from dockerd's own file on the node's disk; undefined when it has
 * none, or when the file is gone already.
 *
 * @param dockerRoot dockerd's data root as this process reaches it
 */
export function serviceOf(dockerRoot: string, container: string): string | undefined {
  try {
    const text = readFileSync(join(dockerRoot, 'containers', container, 'config.v2.json'), 'utf8')
    const value: unknown = JSON.parse(text)
    const labels: unknown = Object(Object(Object(value).Config).Labels)
    const service: unknown = Object(labels)['com.docker.compose.service']
    return typeof service === 'string' ? service : undefined
  } catch {
    return undefined
  }
}

function processesOf(folder: string): string {
  try {
    return readFileSync(join(folder, 'cgroup.procs'), 'utf8').trim()
  } catch {
    // Removed between the listing and the look, or a threaded group, whose processes its parent lists.
    return ''
  }
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap(entry =>
      entry.isDirectory() ? [entry.name] : [],
    )
  } catch {
    return []
  }
}
