import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
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

/** Network and folder of a lab; what an earlier run of the name left is cleared first. */
export async function openLab(name: string): Promise<Ground> {
  const ground = await labGround(name)
  await closeLab(ground)
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

/** Kills the guests and removes network, disks and logs; answers only when they are gone. */
export async function closeLab(ground: Ground): Promise<void> {
  for (const guest of GUESTS) await killGuest(ground, guest)
  const { stdout } = await execa('ip', ['netns', 'list'])
  if (stdout.split('\n').some(line => line.split(' ')[0] === ground.namespace))
    await execa('ip', ['netns', 'delete', ground.namespace])
  rmSync(ground.folder, { recursive: true, force: true })
}

/** Removes labs whose name ends with the pid of a process that is gone: a killed run leaves its guests behind. */
export async function closeOrphanedLabs(): Promise<void> {
  for (const entry of readdirSync(LABS)) {
    const [, name, pid] = /^haha-storage-lab-(.+-(\d+))$/.exec(entry) ?? []
    if (name !== undefined && !existsSync(`/proc/${pid}`)) await closeLab(await labGround(name))
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
