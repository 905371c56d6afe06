import { mkdir, statfs } from 'node:fs/promises'
import { execa } from 'execa'
import { cacheFolder } from '../engine/cache.ts'
import { cgroup2Root } from './place.ts'

const PROGRAMS = {
  mmdebstrap: 'mmdebstrap',
  ip: 'iproute2',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  'dpkg-deb': 'dpkg',
} as const
/** Root of the nodes and their writable layers; images come on top. */
const NEEDED_MIB = 2_000

/** Why this machine cannot carry a cluster, in one line; undefined: it can. */
export async function missingGround(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'its nodes are made of namespaces and mounts: run it as root'
  if (process.arch !== 'x64') return `its nodes are made for x86-64, this machine is ${process.arch}`
  for (const [program, name] of Object.entries(PROGRAMS)) {
    const { failed } = await execa('sh', ['-c', `command -v ${program}`], { reject: false })
    if (failed) return `no ${program} here: apt install ${name}`
  }
  const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--fork']
  const tried = await execa('unshare', [...namespaces, 'mount', '-t', 'tmpfs', 'try', '/mnt'], {
    reject: false,
  })
  if (tried.failed) return `namespaces with mounts of their own cannot be had here: ${lastLine(tried.stderr)}`
  try {
    cgroup2Root()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  await mkdir(cacheFolder(), { recursive: true })
  const { bavail, bsize } = await statfs(cacheFolder())
  const free = Math.floor((bavail * bsize) / 2 ** 20)
  if (free < NEEDED_MIB)
    return `${cacheFolder()} has ${free} MiB free, a cluster needs ${NEEDED_MIB}: make room, or name another folder in HAHA_CACHE`
  return undefined
}

const lastLine = (text: string): string => (text.trim().split('\n').at(-1) ?? '').slice(0, 120)
