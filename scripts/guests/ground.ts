import { execa } from 'execa'

const PROGRAMS = {
  mmdebstrap: 'mmdebstrap',
  busybox: 'busybox-static',
  socat: 'socat',
  cpio: 'cpio',
  depmod: 'kmod',
  xz: 'xz-utils',
  mke2fs: 'e2fsprogs',
  ip: 'iproute2',
} as const

/** Why this machine cannot carry guests, in one line; undefined: it can. */
export async function missingGround(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'its guests need taps and network namespaces: run it as root'
  if (process.arch !== 'x64') return `its guests are made for x86-64, this machine is ${process.arch}`
  for (const [program, name] of Object.entries(PROGRAMS)) {
    const { failed } = await execa('sh', ['-c', `command -v ${program}`], { reject: false })
    if (failed) return `no ${program} here: apt install ${name}`
  }
  const { failed, stderr } = await execa('test', ['-c', '/dev/net/tun'], { reject: false })
  return failed ? `no /dev/net/tun here: ${stderr || 'the cluster network needs taps'}` : undefined
}
