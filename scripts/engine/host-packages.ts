import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

/** What the host must have for engines and images, as program and Debian package. */
const NEEDED = {
  'dpkg-deb': 'dpkg',
  ip: 'iproute2',
  iptables: 'iptables',
  nsenter: 'util-linux',
  patchelf: 'patchelf',
} as const

/** Upstream's resource agents, with which ours are compared. */
const RIVALS = { '/usr/lib/ocf/resource.d/heartbeat/docker-compose': 'resource-agents' } as const

/** Installs what is missing of it on this host; needs root. */
export const installEnginePackages = (): Promise<void> => installMissing(NEEDED)

/** Installs heartbeat:docker and heartbeat:docker-compose as Debian ships them. */
export const installRivalAgents = (): Promise<void> => installMissing(RIVALS)

async function installMissing(wanted: Readonly<Record<string, string>>): Promise<void> {
  const missing: string[] = []
  for (const [program, name] of Object.entries(wanted)) if (!(await isInstalled(program))) missing.push(name)
  if (missing.length === 0) return
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await execa('apt-get', ['update', '-qq'], { env })
  const wait = ['-o', 'DPkg::Lock::Timeout=300']
  await execa('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...wait, ...missing], { env })
}

async function isInstalled(program: string): Promise<boolean> {
  const folders = program.startsWith('/') ? [''] : ['/usr/sbin', '/usr/bin', '/sbin', '/bin']
  for (const folder of folders) {
    if (
      await access(join(folder, program), constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return true
  }
  return false
}
