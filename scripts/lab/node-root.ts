import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { cached, contentKey } from '../engine/cache.ts'
import { type DebianSource, debianSource } from '../engine/debian.ts'
import type { ClusterPlan, NodeSuite } from './plan.ts'

/** What a root is made from. */
type RootPlan = Pick<ClusterPlan, 'suite' | 'packages'>

const CLUSTER_STACK = [
  ...[
    'pacemaker',
    'pacemaker-cli-utils',
    'pacemaker-resource-agents',
    'corosync',
    'crmsh',
    'resource-agents',
  ],
  ...['systemd', 'systemd-sysv', 'dbus', 'nodejs', 'libxml2-utils', 'iptables', 'ca-certificates'],
  ...['iproute2', 'iputils-ping', 'iputils-arping', 'procps', 'psmisc', 'python3', 'curl'],
]

/** Debian 12's own engine knows no Compose v2, so both come from Debian 13. */
const ENGINE: Record<NodeSuite, readonly string[]> = {
  bookworm: ['docker.io/trixie', 'docker-cli/trixie', 'docker-compose/trixie'],
  trixie: ['docker.io', 'docker-cli', 'docker-compose'],
}

/** Only what is asked for by `/trixie` comes from there, and what that cannot do without. */
const PREFER_OWN_SUITE = 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n'

const LEFT_OUT = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*', '/usr/share/info/*']

/** @returns the folder of a node's root file system, installed once and shared read-only by all nodes */
export async function nodeRoot({ suite, packages }: RootPlan): Promise<string> {
  const key = contentKey(
    suite,
    ...CLUSTER_STACK,
    ...packages,
    ...ENGINE[suite],
    PREFER_OWN_SUITE,
    ...LEFT_OUT,
    '3',
  )
  const folder = await cached(`lab-root-${suite}-${key}`, target => installRoot({ suite, packages }, target))
  return join(folder, 'root')
}

async function installRoot({ suite, packages }: RootPlan, folder: string): Promise<void> {
  const source = await debianSource()
  const preferences = join(folder, 'preferences')
  await writeFile(preferences, PREFER_OWN_SUITE)
  const root = join(folder, 'root')
  await mkdir(root)
  const suites = suite === 'trixie' ? ['trixie'] : [suite, 'trixie']
  const options = [
    ...['--mode=root', '--variant=minbase', '--format=directory', '--skip=check/empty'],
    ...['--aptopt=APT::Install-Recommends "false"', '--aptopt=Acquire::Languages "none"'],
    ...['--aptopt=Acquire::Retries "3"', '--dpkgopt=force-unsafe-io'],
    ...LEFT_OUT.map(path => `--dpkgopt=path-exclude=${path}`),
    `--setup-hook=mkdir -p "$1/etc/apt/preferences.d" && cp ${preferences} "$1/etc/apt/preferences.d/lab"`,
    `--include=${[...CLUSTER_STACK, ...packages].join(',')}`,
    // In a second step: asked for both at once, apt finds no answer. By the root's own apt: mmdebstrap's
    // configuration in $MMDEBSTRAP_APT_CONFIG lets dpkg work on this machine itself.
    `--customize-hook=env -u APT_CONFIG chroot "$1" apt-get -y install ${ENGINE[suite].join(' ')}`,
    '--customize-hook=test -x "$1/usr/sbin/dockerd"',
  ]
  const lines = suites.map(name => sourceLine(source, name))
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
    [...alone, 'mmdebstrap', ...options, suite, root, ...lines],
    { reject: false, env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' } },
  )
  if (failed) throw new Error(`no root for the nodes from Debian ${suite}: ${lastError(stderr)}`)
}

const sourceLine = ({ uri, keyring }: DebianSource, suite: string): string =>
  `deb [signed-by=${keyring}] ${uri} ${suite} main`

/** apt says first what went wrong; mmdebstrap's own last line only that something did. */
function lastError(stderr: string): string {
  const lines = stderr.split('\n').filter(line => /^[EW]: /.test(line))
  return (lines[0] ?? stderr.trim().split('\n').at(-1) ?? '').slice(0, 160)
}
