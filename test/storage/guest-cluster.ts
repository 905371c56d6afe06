import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { root } from '../../scripts/bundle.ts'
import { execInGuest, type Ground } from '../../scripts/guests/guest.ts'
import { ADDRESS, mustExec } from '../../scripts/guests/storage.ts'
import { documentedConfiguration, loadedByCrmsh, PLUGS, type SharedStorage } from './documented-cluster.ts'
import { type Server, until } from './pair.ts'

const SERVERS = ['a', 'b'] as const

/** An emulated processor on a busy machine is silent for seconds: the page's token is half of it. */
const TOKEN_MS = 10_000

const corosync = `totem {
  version: 2
  cluster_name: house
  transport: knet
  crypto_cipher: none
  crypto_hash: none
  token: ${TOKEN_MS}
}
nodelist {
${SERVERS.map((name, at) => `  node {\n    ring0_addr: ${ADDRESS[name]}\n    name: ${name}\n    nodeid: ${at + 1}\n  }`).join('\n')}
}
quorum {
  provider: corosync_votequorum
  two_node: 1
}
logging {
  to_logfile: yes
  logfile: /var/log/corosync.log
  to_syslog: no
  timestamp: on
}`

/** The plugs of both servers, as {@link file://./plug-strip.ts} plays them. */
export async function plugIn(lab: string, { namespace }: Ground): Promise<ChildProcess> {
  for (const address of PLUGS)
    await execa('ip', ['-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'cluster'])
  const program = [process.execPath, join(import.meta.dirname, 'plug-strip.ts'), lab, ...PLUGS]
  const plugs = spawn('ip', ['netns', 'exec', namespace, ...program], { stdio: ['pipe', 'pipe', 'inherit'] })
  await Promise.race([
    once(plugs.stdout, 'data'),
    once(plugs, 'exit').then(() => {
      throw new Error('the plugs do not play')
    }),
  ])
  return plugs
}

export async function unplug(plugs: ChildProcess | undefined): Promise<void> {
  if (plugs === undefined || plugs.exitCode !== null) return
  const gone = once(plugs, 'exit')
  plugs.stdin?.end()
  await gone
}

/** Corosync and Pacemaker on both servers, with our package and the documented configuration, until both are online. */
export async function startCluster(ground: Ground, storage: SharedStorage): Promise<void> {
  const deb = readdirSync(join(root, 'dist')).find(file => file.endsWith('_all.deb'))
  if (deb === undefined) throw new Error('no package in dist/: run npm run package')
  const lab = join(ground.folder, 'lab')
  copyFileSync(join(root, 'dist', deb), join(lab, 'haha.deb'))
  const cib = await loadedByCrmsh(documentedConfiguration(storage), ground.folder)
  writeFileSync(join(lab, 'cib.xml'), cib)
  writeFileSync(join(lab, 'corosync.conf'), corosync)
  await Promise.all(SERVERS.map(server => joinCluster(ground, server)))
  await bothOnline(ground, 'a')
}

/** What a server does at its boot, with what {@link startCluster} has laid down. */
export async function joinCluster(ground: Ground, server: Server): Promise<void> {
  const script = [
    'set -e; mkdir -p /etc/corosync /var/lib/corosync /var/log/pacemaker /var/lib/pacemaker/cib',
    // The guest has the official Node instead of Debian's package.
    'dpkg --install --force-depends /lab/haha.deb',
    'cp /lab/corosync.conf /etc/corosync/',
    'install -o hacluster -g haclient -m 600 /lab/cib.xml /var/lib/pacemaker/cib/cib.xml',
    'corosync',
    'setsid pacemakerd < /dev/null > /var/log/pacemakerd.out 2>&1 &',
  ].join('\n')
  await mustExec(ground, server, script, 180)
}

export async function bothOnline(ground: Ground, asked: Server): Promise<void> {
  await until('both nodes to be online', 300, async () => {
    const { output } = await execInGuest(ground, asked, 'crm_mon -1 --output-as=xml --include=nodes')
    return output.match(/ online="true"/g)?.length === SERVERS.length
  })
}

/** Until the group runs on a server. @throws Error with what crm_mon and the logs show */
export async function runsOn(ground: Ground, asked: Server, server: Server, seconds: number): Promise<void> {
  await inCluster(ground, asked, `the share on ${server}`, seconds, async () => {
    const { output } = await execInGuest(ground, asked, 'crm_resource --resource p_address --locate')
    return new RegExp(`running on: ${server}\\b`).test(output)
  })
}

/** Waits for what the cluster brings about. @throws Error with what crm_mon and the logs show */
export async function inCluster(
  ground: Ground,
  asked: Server,
  what: string,
  seconds: number,
  isSo: () => Promise<boolean>,
): Promise<void> {
  try {
    await until(what, seconds, isSo)
  } catch (cause) {
    const shown = await execInGuest(
      ground,
      asked,
      'crm_mon -1Arfn; tail -n 60 /var/log/pacemaker/pacemaker.log; dmesg | tail -n 40',
    )
    throw new Error(`${cause instanceof Error ? cause.message : cause}:\n${shown.output}`)
  }
}

/** The last run of every action of a resource on a server, one a line, as the CIB has it: times are milliseconds. */
export async function actionsOf(
  ground: Ground,
  server: Server,
  resource: string,
): Promise<readonly string[]> {
  const query = `cibadmin --query --xpath "//node_state[@uname='${server}']//lrm_resource[@id='${resource}']"`
  const { output } = await execInGuest(ground, server, query)
  const value = (text: string, name: string) => new RegExp(` ${name}="([^"]*)"`).exec(text)?.[1] ?? '?'
  return [...output.matchAll(/<lrm_rsc_op [^>]*>/g)].map(([op]) =>
    ['operation', 'interval', 'exec-time', 'rc-code', 'op-status']
      .map(name => `${name}=${value(op, name)}`)
      .join(' '),
  )
}

/** How a failure that is only degraded shows in {@link failuresIn}. */
export const DEGRADED = ' exitcode="190"'
/** What the export's monitors say while one node alone has the data. */
export const ONE_LEG = 'no fault tolerance left: drbd0 has its data on one node only'

/** What went wrong in the cluster, as crm_mon shows it; an action that outlived its time is among these. */
export async function failuresIn(ground: Ground, asked: Server): Promise<readonly string[]> {
  const shown = await mustExec(ground, asked, 'crm_mon -1 --output-as=xml --include=failures', 120)
  return [...shown.matchAll(/<failure [^>]*>/g)].map(([failure]) => failure)
}
