import { chmod, chown, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cibSeed, corosyncConfiguration } from './corosync.ts'
import { plugAddress, ringAddress } from './network.ts'
import { type ClusterPlace, nodePlace } from './place.ts'
import { type ClusterPlan, type NodeName, nodesOf } from './plan.ts'

/** Units that would touch the host's devices, clocks or kernel settings, or wait for what is not there. */
const MASKED = [
  ...['systemd-udevd.service', 'systemd-udevd-control.socket', 'systemd-udevd-kernel.socket'],
  ...['systemd-udev-trigger.service', 'systemd-networkd.service', 'systemd-timesyncd.service'],
  ...['systemd-resolved.service', 'systemd-logind.service', 'systemd-firstboot.service'],
  ...['systemd-modules-load.service', 'systemd-sysctl.service', 'getty.target', 'console-getty.service'],
  ...['sys-kernel-debug.mount', 'sys-kernel-tracing.mount', 'dev-hugepages.mount'],
  ...['apt-daily.timer', 'apt-daily-upgrade.timer', 'e2scrub_all.timer', 'fstrim.timer', 'logd.service'],
]
const ENGINE_UNITS = ['docker.service', 'docker.socket', 'containerd.service']

/** Keys that all nodes of a cluster share. */
export interface ClusterKeys {
  readonly corosync: Buffer
  readonly pacemaker: Buffer
}

interface Owner {
  readonly user: number
  readonly group: number
}

/** Writes what makes a node out of the shared root: names, keys, corosync, an empty CIB. */
export async function writeNodeDisk(
  place: ClusterPlace,
  plan: ClusterPlan,
  node: NodeName,
  root: string,
  keys: ClusterKeys,
): Promise<void> {
  const { upper, work, root: mountPoint, docker } = nodePlace(place, node)
  for (const folder of [upper, work, mountPoint, docker]) await mkdir(folder, { recursive: true })
  const cluster = await clusterOwner(root)
  const write = (path: string, content: string | Buffer, mode = 0o644) =>
    put(join(upper, path), content, mode)
  await write('etc/hostname', `${node}\n`)
  await write('etc/hosts', hosts(plan))
  await write('etc/machine-id', 'uninitialized\n')
  await write('etc/corosync/corosync.conf', corosyncConfiguration(plan))
  await write('etc/corosync/authkey', keys.corosync, 0o400)
  await write('etc/pacemaker/authkey', keys.pacemaker, 0o640)
  await chown(join(upper, 'etc/pacemaker/authkey'), 0, cluster.group)
  const cib = join('var/lib/pacemaker/cib/cib.xml')
  await write(cib, cibSeed(plan), 0o600)
  await chown(join(upper, cib), cluster.user, cluster.group)
  for (const folder of ['var/lib/pacemaker/cib', 'var/lib/pacemaker']) {
    await chown(join(upper, folder), cluster.user, cluster.group)
    await chmod(join(upper, folder), 0o750)
  }
  await mkdir(join(upper, 'root'), { mode: 0o700 })
  // Kept over a power cut, so that one can read what the node last said.
  await write('etc/systemd/journald.conf.d/lab.conf', '[Journal]\nStorage=persistent\nSystemMaxUse=32M\n')
  await mkdir(join(upper, 'etc/systemd/system'), { recursive: true })
  const masked = plan.workers.includes(node) ? MASKED : [...MASKED, ...ENGINE_UNITS]
  for (const unit of masked) await symlink('/dev/null', join(upper, 'etc/systemd/system', unit))
  await symlink('/lib/systemd/system/multi-user.target', join(upper, 'etc/systemd/system/default.target'))
}

async function put(path: string, content: string | Buffer, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content, { mode })
  await chmod(path, mode)
}

function hosts(plan: ClusterPlan): string {
  const lines = ['127.0.0.1 localhost']
  for (const node of nodesOf(plan)) {
    lines.push(`${ringAddress(node)} ${node}`, `${plugAddress(node)} plug-${node}`)
  }
  return `${lines.join('\n')}\n`
}

/** The user and the group of the cluster have other numbers in each root. */
async function clusterOwner(root: string): Promise<Owner> {
  const find = async (file: string, name: string): Promise<number> => {
    const text = await readFile(join(root, 'etc', file), 'utf8')
    const id = new RegExp(`^${name}:[^:]*:(\\d+):`, 'm').exec(text)?.[1]
    if (id === undefined) throw new Error(`the root for the nodes has no ${name} in /etc/${file}`)
    return Number(id)
  }
  return { user: await find('passwd', 'hacluster'), group: await find('group', 'haclient') }
}
