import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/bundle.ts'
import { execInGuest, type Ground } from '../../scripts/guests/guest.ts'
import { ADDRESS, DRBD_DEVICE, MOUNT_OPTIONS, mustExec } from '../../scripts/guests/storage.ts'
import { INSTANCE, type Parameters } from './guest-agent.ts'
import { type Server, SHARE, until } from './pair.ts'

const SERVERS = ['a', 'b'] as const

const corosync = `totem {
  version: 2
  cluster_name: haha
  transport: knet
  crypto_cipher: none
  crypto_hash: none
  token: 10000
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
}`

/** The plugs of both servers, as {@link file://./plug-strip.ts} plays them. */
export async function plugIn(name: string, { namespace }: Ground): Promise<ChildProcess> {
  const program = [process.execPath, join(import.meta.dirname, 'plug-strip.ts'), name]
  const strip = spawn('ip', ['netns', 'exec', namespace, ...program], { stdio: ['pipe', 'pipe', 'inherit'] })
  await Promise.race([
    once(strip.stdout, 'data'),
    once(strip, 'exit').then(() => {
      throw new Error('the plugs do not play')
    }),
  ])
  return strip
}

/** Corosync and Pacemaker on both servers, with our package, until both are online. */
export async function startCluster(ground: Ground): Promise<void> {
  const deb = readdirSync(join(root, 'dist')).find(file => file.endsWith('_all.deb'))
  if (deb === undefined) throw new Error('no package in dist/: run npm run package')
  copyFileSync(join(root, 'dist', deb), join(ground.folder, 'lab/haha.deb'))
  const script = [
    'set -e; mkdir -p /etc/corosync /var/lib/corosync /var/log/pacemaker',
    // The guest has the official Node instead of Debian's package.
    'dpkg --install --force-depends /lab/haha.deb',
    `cat > /etc/corosync/corosync.conf <<'END'\n${corosync}\nEND`,
    'corosync',
    'setsid pacemakerd < /dev/null > /var/log/pacemakerd.out 2>&1 &',
  ].join('\n')
  await Promise.all(SERVERS.map(server => mustExec(ground, server, script, 180)))
  await until('both nodes to be online', 300, async () => {
    const { output } = await execInGuest(ground, 'a', 'crm_mon -1 --output-as=xml --include=nodes')
    return output.match(/ online="true"/g)?.length === SERVERS.length
  })
}

/** DRBD and filesystem on both, then the group of export and address, fenced by the plugs: as docs/storage.md has it. */
export async function configureCluster(ground: Ground, parameters: Parameters): Promise<void> {
  const filesystem = { device: DRBD_DEVICE, directory: SHARE, fstype: 'ocfs2', options: MOUNT_OPTIONS }
  const plugs = { driver: 'tasmota', ip: '10.77.0.1', pcmk_host_map: 'a:1;b:2' }
  const roles = {
    promotable: 'true',
    'promoted-max': '2',
    'clone-max': '2',
    interleave: 'true',
    notify: 'true',
  }
  const configuration = `<cib><configuration>
<resources>
${primitive('fence', 'class="stonith" type="fence_homelab"', plugs, [])}
<clone id="cl_drbd"><meta_attributes id="cl-drbd-meta">${pairs('cl-drbd-meta', roles)}</meta_attributes>
${primitive('p_drbd', 'class="ocf" provider="linbit" type="drbd"', { drbd_resource: 'share' }, [
  ['start', 0, 240],
  ['promote', 0, 240],
  ['demote', 0, 240],
  ['stop', 0, 240],
  ['monitor', 59, 120],
])}</clone>
<clone id="cl_filesystem"><meta_attributes id="cl-meta">${pairs('cl-meta', { interleave: 'true' })}</meta_attributes>
${primitive('p_filesystem', 'class="ocf" provider="heartbeat" type="Filesystem"', filesystem, [
  ['start', 0, 240],
  ['stop', 0, 240],
  ['monitor', 61, 120],
])}</clone>
<group id="g_share">
${primitive(INSTANCE, 'class="ocf" provider="haha" type="nfs-ocfs2-export"', parameters, [
  ['start', 0, 300],
  ['stop', 0, 180],
  ['monitor', 15, 90],
  ['monitor', 25, 120, 20],
])}
${primitive('p_address', 'class="ocf" provider="heartbeat" type="IPaddr2"', { ip: ADDRESS.service, cidr_netmask: '24' }, [['monitor', 20, 60]])}
</group>
</resources>
<constraints><rsc_location id="l-share" rsc="g_share" node="a" score="10"/>
<rsc_order id="o-filesystem" first="cl_drbd" first-action="promote" then="cl_filesystem" then-action="start"/>
<rsc_colocation id="c-filesystem" rsc="cl_filesystem" with-rsc="cl_drbd" with-rsc-role="Promoted"/>
<rsc_order id="o-share" first="cl_filesystem" then="g_share"/>
<rsc_colocation id="c-share" rsc="g_share" with-rsc="cl_filesystem"/></constraints>
</configuration></cib>`
  await mustExec(
    ground,
    'a',
    [
      `set -e; cat > /root/new.xml <<'END'\n${configuration}\nEND`,
      'for part in resources constraints; do',
      '  xmllint --xpath "/cib/configuration/$part" /root/new.xml > /root/part.xml',
      '  cibadmin --replace --scope "$part" --xml-file /root/part.xml',
      'done',
      'crm_attribute --name stonith-enabled --update true',
    ].join('\n'),
    120,
  )
}

/** Until the group runs on a node. @throws Error with what crm_mon shows */
export async function runsOn(ground: Ground, asked: Server, server: Server, seconds: number): Promise<void> {
  try {
    await until(`the share on ${server}`, seconds, async () => {
      const { output } = await execInGuest(ground, asked, 'crm_resource --resource p_address --locate')
      return new RegExp(`running on: ${server}\\b`).test(output)
    })
  } catch (cause) {
    const shown = await execInGuest(
      ground,
      asked,
      'crm_mon -1Arf; tail -n 40 /var/log/pacemaker/pacemaker.log',
    )
    throw new Error(`${cause instanceof Error ? cause.message : cause}:\n${shown.output}`)
  }
}

type Operation = readonly [name: string, intervalSeconds: number, timeoutSeconds: number, depth?: number]

function primitive(
  id: string,
  type: string,
  parameters: Parameters,
  operations: readonly Operation[],
): string {
  const ops = operations.map(([name, interval, timeout, depth]) => {
    const op = `${id}-${name}-${interval}`
    const level =
      depth === undefined
        ? ''
        : `<instance_attributes id="${op}-set">${pairs(op, { OCF_CHECK_LEVEL: String(depth) })}</instance_attributes>`
    return `<op id="${op}" name="${name}" interval="${interval}s" timeout="${timeout}s">${level}</op>`
  })
  return `<primitive id="${id}" ${type}><instance_attributes id="${id}-set">${pairs(id, parameters)}</instance_attributes><operations>${ops.join('')}</operations></primitive>`
}

function pairs(id: string, values: Parameters): string {
  return Object.entries(values)
    .map(([name, value]) => `<nvpair id="${id}-${name}" name="${name}" value="${value}"/>`)
    .join('')
}
