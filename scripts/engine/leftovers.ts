import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import {
  cgroupPaths,
  commandLine,
  findProcesses,
  isSameProcess,
  killAll,
  networkNamespace,
  ownIdentity,
  type ProcessIdentity,
  parseIdentity,
} from './processes.ts'

const RUN_ROOT = '/run/haha-test'
const DATA_ROOT = '/var/lib/haha-test'
const CGROUP_ROOT = '/sys/fs/cgroup'

/** Every place on the host that one engine touches, known from its name alone. */
export interface EnginePlace {
  readonly name: string
  readonly netns: string
  readonly cgroupParent: string
  /** Sockets, logs, records: what a reboot would clear. */
  readonly runFolder: string
  /** What survives a power cut. */
  readonly dataFolder: string
  create(): Promise<void>
  record(launched: ProcessIdentity): Promise<void>
}

/** What the marker file `place.json` of an engine says. */
interface Marker {
  readonly owner: ProcessIdentity
  readonly cgroupParent: string
  readonly launched: readonly ProcessIdentity[]
}

export function enginePlace(name: string, cgroupParent = `/haha-test-${name}`): EnginePlace {
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) throw new Error(`engine name ${name}: use a-z, 0-9, dashes`)
  if (!/^\/[^/.][^.]*$/.test(cgroupParent))
    throw new Error(`cgroup parent ${cgroupParent}: not below the root`)
  const netns = `haha-test-${name}`
  const runFolder = join(RUN_ROOT, name)
  const dataFolder = join(DATA_ROOT, name)
  const launched: ProcessIdentity[] = []
  const mark = async (): Promise<void> => {
    const marker: Marker = { owner: ownIdentity(), cgroupParent, launched }
    await writeFile(join(runFolder, 'place.json.new'), JSON.stringify(marker))
    await rename(join(runFolder, 'place.json.new'), join(runFolder, 'place.json'))
  }
  return {
    name,
    netns,
    cgroupParent,
    runFolder,
    dataFolder,
    async create() {
      await mkdir(runFolder, { recursive: true })
      await mark()
      await mkdir(dataFolder, { recursive: true })
      await execa('ip', ['netns', 'add', netns])
      await execa('ip', ['-n', netns, 'link', 'set', 'lo', 'up'])
    },
    async record(process) {
      launched.push(process)
      await mark()
    },
  }
}

/**
 * Removes the engines of test runs that were killed: those whose marker names a process that is no more.
 * Called once before a run starts its own.
 *
 * @returns the names of the engines removed
 */
export async function reapLeftovers(): Promise<string[]> {
  const reaped: string[] = []
  const names = new Set([...(await list(RUN_ROOT)), ...(await list(DATA_ROOT))])
  for (const name of names) {
    const marker = await readMarker(name)
    if (marker && isSameProcess(marker.owner)) continue
    // A run that is just beginning has made its folder, not yet its marker.
    if (!marker && (await ageOf(join(RUN_ROOT, name))) < 5_000) continue
    await removeEngine(enginePlace(name, marker?.cgroupParent))
    reaped.push(name)
  }
  return reaped
}

/**
 * @throws when a live process other than this one has an engine of that name: two runs side by side must
 *   not take each other's engines for leftovers
 */
export async function refuseForeignEngine(name: string): Promise<void> {
  const owner = (await readMarker(name))?.owner
  if (!owner || owner.pid === process.pid || !isSameProcess(owner)) return
  throw new Error(
    `engine ${name} belongs to the running process ${owner.pid}: choose another name, or end it`,
  )
}

/** Kills and removes everything an engine left on the host; does nothing where nothing is left. */
export async function removeEngine(place: EnginePlace): Promise<void> {
  const launched = (await readMarker(place.name))?.launched ?? []
  await killAll(() => [...launched.filter(isSameProcess), ...engineProcesses(place)])
  await removeMounts(place)
  if ((await list('/run/netns')).includes(place.netns)) await execa('ip', ['netns', 'del', place.netns])
  for (const hierarchy of [CGROUP_ROOT, ...(await list(CGROUP_ROOT)).map(name => join(CGROUP_ROOT, name))]) {
    await removeGroups(join(hierarchy, place.cgroupParent))
  }
  await rm(place.dataFolder, { recursive: true, force: true })
  await rm(place.runFolder, { recursive: true, force: true })
}

/** dockerd, containerd, shims, containers and whatever else runs in the engine's network namespace. */
export function engineProcesses(place: EnginePlace): ProcessIdentity[] {
  const ownNamespace = namespaceOf(place.netns)
  return findProcesses(
    pid =>
      commandLine(pid).some(word => word.includes(`${place.runFolder}/`) && /containerd|docker/.test(word)) ||
      cgroupPaths(pid).some(path => `${path}/`.startsWith(`${place.cgroupParent}/`)) ||
      (ownNamespace !== undefined && networkNamespace(pid) === ownNamespace),
  )
}

/** Unmounts all below the two folders, the latest mount first. */
export async function removeMounts(place: Pick<EnginePlace, 'runFolder' | 'dataFolder'>): Promise<void> {
  const below = (path: string) =>
    path.startsWith(`${place.runFolder}/`) || path.startsWith(`${place.dataFolder}/`)
  for (;;) {
    const mounts = mountPoints().filter(below)
    const last = mounts.at(-1)
    if (last === undefined) return
    await execa('umount', ['--lazy', last])
  }
}

/** In mount order, so the last one lies on top. */
const mountPoints = (): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap(line => {
      const path = line.split(' ')[4]
      return path ? [path.replace(/\\040/g, ' ')] : []
    })

/** A named namespace is a mount of its nsfs inode; mountinfo shows it as `net:[...]`. */
export function namespaceOf(netns: string): string | undefined {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const fields = line.split(' ')
    if (fields[4]?.endsWith(`/netns/${netns}`) && fields[3]?.startsWith('net:')) return fields[3]
  }
  return undefined
}

async function removeGroups(folder: string): Promise<void> {
  let entries: string[] = []
  try {
    entries = readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => entry.name)
  } catch {
    return
  }
  for (const entry of entries) await removeGroups(join(folder, entry))
  await rmdir(folder)
}

async function readMarker(name: string): Promise<Marker | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(RUN_ROOT, name, 'place.json'), 'utf8'))
    if (typeof value !== 'object' || value === null) return undefined
    const owner = 'owner' in value ? parseIdentity(value.owner) : undefined
    const cgroupParent = 'cgroupParent' in value ? value.cgroupParent : undefined
    if (!owner || typeof cgroupParent !== 'string') return undefined
    const launched = 'launched' in value && Array.isArray(value.launched) ? value.launched : []
    return { owner, cgroupParent, launched: launched.map(parseIdentity).filter(one => one !== undefined) }
  } catch {
    return undefined
  }
}

const list = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

const ageOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => Number.POSITIVE_INFINITY,
  )
