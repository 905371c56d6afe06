import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { namespaceOf } from '../engine/leftovers.ts'
import { findProcesses, identify, killAll, networkNamespace } from '../engine/processes.ts'
import { bootGuest, type Disk, type Ground, GUESTS, type GuestName, killGuest } from './guest.ts'
import { bootFiles } from './root-image.ts'

/** Disks are sparse files on the host's disk: the page cache of /run would be counted twice. */
const LABS = '/var/tmp'
const DISK_MIB = 512
const labFolder = (name: string): string => join(LABS, `haha-storage-lab-${name}`)

/** The lab of a name, running or not: two of them never meet. */
export async function labGround(name: string): Promise<Ground> {
  return { namespace: `haha-lab-${name}`, folder: labFolder(name), boot: await bootFiles() }
}

/** The process whose lab this is: its pid ends the name. undefined: nobody's, it stays until it is closed. */
function ownerOf(lab: string): number | undefined {
  const [, pid] = /-(\d+)$/.exec(lab) ?? []
  return pid === undefined ? undefined : Number(pid)
}

/**
 * Network and folder of a lab; what an earlier run of the name left is cleared first. A lab whose name ends with the
 * pid of this process ends with it, and with the process that started it, even if they are killed.
 */
export async function openLab(name: string): Promise<Ground> {
  const ground = await labGround(name)
  await closeLab(ground)
  if (ownerOf(name) === process.pid) watchOverLabs()
  mkdirSync(join(ground.folder, 'lab'), { recursive: true })
  const { namespace } = ground
  await execa('ip', ['netns', 'add', namespace])
  for (const step of [
    ['link', 'set', 'lo', 'up'],
    ['link', 'add', 'cluster', 'type', 'bridge'],
    ['addr', 'add', '10.77.0.1/24', 'dev', 'cluster'],
    ['link', 'set', 'cluster', 'up'],
  ]) {
    await execa('ip', ['-n', namespace, ...step])
  }
  return ground
}

let isWatched = false

/** A process that is killed cannot clear up, and its guests are processes of their own: another one waits for that. */
function watchOverLabs(): void {
  if (isWatched) return
  isWatched = true
  const program = [join(import.meta.dirname, 'lab-warden.ts'), String(process.pid), String(process.ppid)]
  spawn(process.execPath, program, { cwd: '/', detached: true, stdio: 'ignore' }).unref()
}

/** Kills the guests and removes network, disks and logs; answers only when they are gone. */
export async function closeLab(ground: Ground): Promise<void> {
  for (const guest of GUESTS) await killGuest(ground, guest)
  const network = namespaceOf(ground.namespace)
  if (network !== undefined) {
    // A guest that was being launched has no record yet.
    await killAll(() => findProcesses(pid => networkNamespace(pid) === network))
    const { stderr } = await execa('ip', ['netns', 'delete', ground.namespace], { reject: false })
    // Two may close a lab: its warden and the next run.
    if (namespaceOf(ground.namespace) !== undefined)
      throw new Error(`the namespace ${ground.namespace} stays: ${stderr}`)
  }
  rmSync(ground.folder, { recursive: true, force: true })
}

/** Removes the labs of processes that are gone. */
export async function closeOrphanedLabs(): Promise<void> {
  for (const entry of readdirSync(LABS)) {
    const [, name = ''] = /^haha-storage-lab-(.+)$/.exec(entry) ?? []
    const owner = ownerOf(name)
    if (owner !== undefined && identify(owner) === undefined) await closeLab(await labGround(name))
  }
}

/** A disk that several guests have at once. */
export const sharedDisk = ({ folder }: Ground): string => join(folder, 'shared.disk')

/**
 * Boots guests beside each other, each with an empty disk of its own (vdb), unless `disks` says otherwise.
 * @throws Error of the first that failed, once none is still booting: a lab that is closed then stays closed
 */
export async function bootGuests(
  ground: Ground,
  names: readonly GuestName[],
  disks: (name: GuestName) => readonly Disk[] = name => [{ file: join(ground.folder, `${name}.disk`) }],
): Promise<void> {
  const boots = await Promise.allSettled(
    names.map(async name => {
      const own = disks(name)
      for (const { file } of own) if (!existsSync(file)) await execa('truncate', ['-s', `${DISK_MIB}M`, file])
      await bootGuest(ground, name, own)
    }),
  )
  for (const boot of boots) if (boot.status === 'rejected') throw boot.reason
}
