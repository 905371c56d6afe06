import { chmod, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { execa } from 'execa'
import { cached, contentKey } from '../engine/cache.ts'
import { debianSource } from '../engine/debian.ts'
import { nodeExecutable } from '../nodes.ts'
import { elfKernel } from './kernel.ts'

const PACKAGES = [
  ...['ocfs2-tools', 'drbd-utils', 'nfs-kernel-server', 'nfs-common', 'rpcbind', 'dmsetup', 'e2fsprogs'],
  ...['iproute2', 'iputils-arping', 'iputils-ping', 'iptables', 'procps', 'psmisc', 'kmod', 'util-linux'],
  ...['socat', 'strace', 'sqlite3', 'libxml2-utils', 'python3-minimal'],
  ...['pacemaker', 'pacemaker-cli-utils', 'corosync', 'resource-agents', 'cluster-glue'],
]

/** What boots a guest, and what its tests load; everything these need comes along. */
const BOOT_MODULES = ['virtio_pci', 'virtio_blk', 'ext4']
const MODULES = [
  ...BOOT_MODULES,
  ...['virtio_net', 'virtio_console', 'virtio_rng', '9p', '9pnet_virtio', 'configfs', 'af_packet'],
  ...[
    'ocfs2',
    'ocfs2_stack_o2cb',
    'ocfs2_stack_user',
    'ocfs2_dlm',
    'ocfs2_dlmfs',
    'ocfs2_nodemanager',
    'drbd',
  ],
  ...['nfsd', 'nfs', 'nfsv3', 'nfsv4', 'lockd', 'dm_mod', 'dm_flakey', 'dm_delay', 'loop', 'softdog'],
  ...['crc32c_generic', 'libcrc32c', 'ip_tables', 'iptable_filter', 'xt_tcpudp', 'quota_v2', 'acpiphp'],
]

const LEFT_OUT = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*', '/usr/share/info/*']

/** What QEMU boots: files of a cached folder, shared read-only by all guests. */
export interface BootFiles {
  readonly kernel: string
  readonly initramfs: string
  readonly root: string
}

/** @returns Debian 12 with the cluster's storage stack and the official Node 20, built once */
export async function bootFiles(): Promise<BootFiles> {
  const own = await Promise.all(
    ['guest-init', 'guest-exec', 'initramfs-init'].map(name =>
      readFile(join(import.meta.dirname, name), 'utf8'),
    ),
  )
  const node = await nodeExecutable('official-20')
  const { stdout: nodeVersion } = await execa(node, ['--version'])
  const key = contentKey(...PACKAGES, ...MODULES, ...LEFT_OUT, ...own, nodeVersion, '1')
  const folder = await cached(`guest-bookworm-${key}`, target => build(target, node))
  return {
    kernel: join(folder, 'vmlinux'),
    initramfs: join(folder, 'initramfs.cpio'),
    root: join(folder, 'root.ext4'),
  }
}

async function build(folder: string, node: string): Promise<void> {
  const root = join(folder, 'root')
  const kernel = join(folder, 'kernel')
  await mkdir(root)
  await mkdir(kernel)
  await installRoot(root, kernel)
  const [version] = await readdir(join(kernel, 'lib/modules'))
  if (version === undefined) throw new Error('the kernel package holds no modules')
  await writeFile(
    join(folder, 'vmlinux'),
    await elfKernel(await readFile(join(kernel, `boot/vmlinuz-${version}`))),
  )
  await execa('depmod', ['-b', kernel, version])
  for (const file of await modulePaths(kernel, version, MODULES))
    await copyInto(join(root, 'usr', relative(kernel, file)), file)
  for (const name of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo']) {
    await copyInto(join(root, 'usr/lib/modules', version, name), join(kernel, 'lib/modules', version, name))
  }
  await execa('depmod', ['-b', root, version])
  for (const name of ['guest-init', 'guest-exec']) {
    await copyInto(join(root, 'usr/sbin', name), join(import.meta.dirname, name))
  }
  await copyInto(join(root, 'usr/bin/node'), node)
  await chmod(join(root, 'usr/bin/node'), 0o755)
  await writeInitramfs(folder, await modulePaths(kernel, version, BOOT_MODULES))
  const image = join(folder, 'root.ext4')
  await execa('truncate', ['-s', '2G', image])
  await execa('mke2fs', ['-q', '-t', 'ext4', '-O', '^has_journal,^metadata_csum', '-d', root, image])
  await rm(root, { recursive: true })
  await rm(kernel, { recursive: true })
}

async function installRoot(root: string, kernel: string): Promise<void> {
  const { uri, keyring } = await debianSource()
  // The kernel is unpacked, not installed: nothing makes an initramfs that is never used.
  const fetchKernel = [
    `name=$(chroot "$1" apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: //p' | head -n 1)`,
    `chroot "$1" sh -c "cd /var/tmp && apt-get download $name"`,
    `dpkg-deb -x "$1"/var/tmp/linux-image-*.deb ${kernel}`,
    `rm "$1"/var/tmp/linux-image-*.deb`,
  ].join(' && ')
  const options = [
    ...['--mode=root', '--variant=minbase', '--format=directory', '--skip=check/empty'],
    ...['--aptopt=APT::Install-Recommends "false"', '--aptopt=Acquire::Languages "none"'],
    ...['--aptopt=Acquire::Retries "3"', '--dpkgopt=force-unsafe-io'],
    ...LEFT_OUT.map(path => `--dpkgopt=path-exclude=${path}`),
    `--include=${PACKAGES.join(',')}`,
    `--customize-hook=unset APT_CONFIG; ${fetchKernel}`,
  ]
  const line = `deb [signed-by=${keyring}] ${uri} bookworm main`
  // Its mounts and its children end with it, and it ends with this process, however that ends.
  const alone = [
    '--pdeathsig',
    'KILL',
    'unshare',
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
  ]
  const { failed, stderr } = await execa(
    'setpriv',
    [...alone, 'mmdebstrap', ...options, 'bookworm', root, line],
    { reject: false, env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' } },
  )
  if (failed)
    throw new Error(`no root for the guests from Debian: ${stderr.trim().split('\n').slice(-3).join('; ')}`)
}

/** Files of modules with all they need, in the order in which they must be loaded. */
async function modulePaths(
  root: string,
  version: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const files = new Set<string>()
  for (const name of names) {
    const { stdout } = await execa(
      'modprobe',
      ['-d', root, '-S', version, '--ignore-install', '--quiet', '--show-depends', name],
      { reject: false },
    )
    for (const [, file] of stdout.matchAll(/^insmod (\S+)/gm)) if (file !== undefined) files.add(file)
  }
  return [...files]
}

async function copyInto(target: string, source: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  await copyFile(source, target)
}

async function writeInitramfs(folder: string, modules: readonly string[]): Promise<void> {
  const tree = join(folder, 'initramfs')
  for (const name of ['bin', 'proc', 'sys', 'dev', 'new', 'modules'])
    await mkdir(join(tree, name), { recursive: true })
  await copyFile('/bin/busybox', join(tree, 'bin/busybox'))
  await copyFile(join(import.meta.dirname, 'initramfs-init'), join(tree, 'init'))
  for (const file of modules) await copyFile(file, join(tree, 'modules', basename(file)))
  await writeFile(join(tree, 'modules/order'), modules.map(file => `${basename(file)}\n`).join(''))
  await execa('sh', ['-c', 'find . | cpio -o -H newc --quiet > ../initramfs.cpio'], { cwd: tree })
  await rm(tree, { recursive: true })
}
