import { existsSync, writeFileSync } from 'node:fs'
import { askPath } from '../../lib/host/hung-path.ts'
import { isLocalPath } from '../../lib/host/mounts.ts'
import { kernelText, processIds } from '../../lib/host/processes.ts'
import { readText } from '../../lib/host/small-file.ts'
import { objectAt, parseJson, stringAt } from '../../lib/ocf/json.ts'
import type { StackRecord } from './record.ts'

/** A container as the kernel knows it: its processes, whatever dockerd says or does not say. */
export interface LiveContainer {
  readonly id: string
  readonly service: string
  readonly pids: readonly number[]
  /** Its cgroup folders in every hierarchy, as far as they can be seen from here. */
  readonly cgroups: readonly string[]
}

const containerId = /[/-]([0-9a-f]{64})(?=[/.\s]|$)/

/**
 * The living containers of a project, found by their cgroups in /proc. Which project a container
 * belongs to is known from the record of start, or read from the engine's own files.
 */
export async function liveContainers(
  project: string,
  record: StackRecord | undefined,
): Promise<readonly LiveContainer[]> {
  const found = new Map<string, { pids: number[]; lines: Set<string> }>()
  for (const pid of processIds()) {
    const text = kernelText(`/proc/${pid}/cgroup`)
    const id = containerId.exec(text)?.[1]
    if (id === undefined) continue
    const entry = found.get(id) ?? { pids: [], lines: new Set<string>() }
    entry.pids.push(pid)
    for (const line of text.split('\n')) if (line.includes(id)) entry.lines.add(line)
    found.set(id, entry)
  }
  const live: LiveContainer[] = []
  for (const [id, { pids, lines }] of found) {
    const service = record?.containers[id] ?? (await serviceFromFiles(id, project, record?.dataRoot))
    if (service !== undefined)
      live.push({ id, service, pids, cgroups: [...lines].flatMap(line => cgroupFolder(line, id)) })
  }
  return live
}

/** Labels of a container as dockerd keeps them on disk; read by a child where the disk may hang. */
async function serviceFromFiles(
  id: string,
  project: string,
  dataRoot = '/var/lib/docker',
): Promise<string | undefined> {
  const path = `${dataRoot}/containers/${id}/config.v2.json`
  let text: string
  if (isLocalPath(path)) text = readText(path) ?? ''
  else {
    const answer = await askPath({ kind: 'readFile', path, maxBytes: 1_048_576 }, 2000)
    text = answer.kind === 'ok' ? answer.text : ''
  }
  const labels = objectAt(objectAt(parseJson(text), 'Config'), 'Labels')
  if (stringAt(labels, 'com.docker.compose.project') !== project) return undefined
  return stringAt(labels, 'com.docker.compose.service') ?? 'unnamed'
}

/** `12:freezer:/docker/ID` or `0::/docker/ID`: where that folder is mounted here. */
function cgroupFolder(line: string, id: string): string[] {
  const [, controllers, ...rest] = line.split(':')
  const path = rest.join(':')
  const upToContainer = path.slice(
    0,
    path.indexOf('/', path.indexOf(id)) < 0 ? path.length : path.indexOf('/', path.indexOf(id)),
  )
  const roots =
    controllers === '' ? ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'] : [`/sys/fs/cgroup/${controllers}`]
  return roots.map(root => `${root}${upToContainer}`).filter(folder => existsSync(`${folder}/cgroup.procs`))
}

/**
 * Kills every process of a container without the engine. Frozen ones die too: on cgroup v1 the kill is
 * delivered once they are thawed. Processes in uninterruptible sleep stay; look again.
 */
export function killByCgroup(container: LiveContainer): void {
  for (const folder of container.cgroups) {
    writeQuietly(`${folder}/freezer.state`, 'FROZEN')
    writeQuietly(`${folder}/cgroup.kill`, '1')
  }
  const members = container.cgroups.flatMap(folder =>
    kernelText(`${folder}/cgroup.procs`).split('\n').map(Number),
  )
  for (const pid of new Set([...container.pids, ...members])) {
    // A pid is killed only while its cgroup says that it still is this container's.
    if (pid <= 1 || !kernelText(`/proc/${pid}/cgroup`).includes(container.id)) continue
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It went in between.
    }
  }
  for (const folder of container.cgroups) {
    writeQuietly(`${folder}/freezer.state`, 'THAWED')
    writeQuietly(`${folder}/cgroup.freeze`, '0')
  }
}

/** Only for files of the cgroup filesystem that exist: nothing is created. */
function writeQuietly(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'r+' })
  } catch {
    // This kernel or hierarchy has no such file.
  }
}
