import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execInGuest, type Ground } from '../../scripts/guests/guest.ts'
import { bootGuests, openLab, sharedDisk } from '../../scripts/guests/lab.ts'
import {
  ADDRESS,
  joinO2cb,
  makeSharedOcfs2,
  mountShared,
  mustExec,
  type O2cbTimes,
} from '../../scripts/guests/storage.ts'
import { agentIn, installAgent, type Parameters } from './guest-agent.ts'
import { faultsIn } from './journal-faults.ts'

export type Server = 'a' | 'b'
export const other = (server: Server): Server => (server === 'a' ? 'b' : 'a')

export const SHARE = '/srv/share'
/** A client that was not woken may come back 25 s after the server, more on a loaded machine. */
const GRACE = { first: '10s', move: '120s' } as const

export const PAIR_PARAMETERS = {
  directory: SHARE,
  fsid: '42',
  device: '/dev/vdb',
  clients: '10.77.0.0/24=rw,no_root_squash,no_subtree_check',
  state_directory: `${SHARE}/.nfs-records`,
  server_scope: 'haha-lab',
  service_address: ADDRESS.service,
  grace: GRACE.move,
} as const

/** Two servers with OCFS2 on one disk, mounted on both, and a client; nothing is exported yet. */
export async function openPair(name: string): Promise<Ground> {
  const ground = await openServers(name)
  await mountOnBoth(ground)
  return ground
}

async function mountOnBoth(ground: Ground, device?: string): Promise<void> {
  for (const server of ['a', 'b'] as const) await mountShared(ground, server, SHARE, device)
  for (const server of ['a', 'b'] as const) {
    await installAgent(ground, server)
    await probe(ground, server)
  }
}

/** What Pacemaker asks every node first; a node that has never run the agent reads it from its disk. */
async function probe(ground: Ground, server: Server): Promise<void> {
  const { code, output } = await agentIn(ground, server, 'monitor', PAIR_PARAMETERS)
  if (code !== 7) throw new Error(`probe on ${server} answers ${code}: ${output}`)
}

/** The same without mounts and agent. */
export async function openServers(name: string, times?: O2cbTimes): Promise<Ground> {
  const ground = await openLab(name)
  await bootGuests(ground, ['a', 'b', 'client'], guest =>
    guest === 'client' ? [] : [{ file: sharedDisk(ground), shared: true }],
  )
  await Promise.all([joinO2cb(ground, 'a', times), joinO2cb(ground, 'b', times)])
  await makeSharedOcfs2(ground, 'a')
  await prepareClient(ground)
  return ground
}

export async function prepareClient(ground: Ground): Promise<void> {
  copyFileSync(join(import.meta.dirname, 'appender.cjs'), join(ground.folder, 'lab/appender.cjs'))
  await mustExec(
    ground,
    'client',
    'modprobe -a nfs nfsv3 nfsv4; rpcbind -w; rpc.statd; mkdir -p /mnt/v3 /mnt/v4',
  )
}

/** A server that lost its power, as {@link openServers} had it. */
export async function returnServer(ground: Ground, server: Server): Promise<void> {
  await bootGuests(ground, [server], () => [{ file: sharedDisk(ground), shared: true }])
  await joinO2cb(ground, server)
}

/** The same, again with its mount. */
export async function bootServer(ground: Ground, server: Server): Promise<void> {
  await returnServer(ground, server)
  await mountShared(ground, server, SHARE)
  await installAgent(ground, server)
}

/** What the group of export and address does on a node. @throws Error when the agent fails */
export async function serve(
  ground: Ground,
  server: Server,
  isFirst = false,
  own: Parameters = PAIR_PARAMETERS,
): Promise<void> {
  // Without clients to wait for, a long grace only delays the first lock.
  const parameters = isFirst ? { ...own, grace: GRACE.first } : own
  const { code, output } = await agentIn(ground, server, 'start', parameters, {
    seconds: 180,
    after: TAKE_ADDRESS,
  })
  if (code !== 0) throw new Error(`start on ${server} answers ${code}: ${output}`)
}

export async function cease(ground: Ground, server: Server): Promise<void> {
  const how = { seconds: 90, before: DROP_ADDRESS } as const
  const { code, output } = await agentIn(ground, server, 'stop', PAIR_PARAMETERS, how)
  if (code !== 0) throw new Error(`stop on ${server} answers ${code}: ${output}`)
}

const TURN_PORT = 7788

/**
 * Moves the share from one node to the other. The start follows upon the stop by a word between the guests, as
 * soon as in a cluster: a command channel takes half a second to open. @throws Error when the agent fails
 */
export async function move(ground: Ground, from: Server, own: Parameters = PAIR_PARAMETERS): Promise<void> {
  const to = other(from)
  const next = agentIn(ground, to, 'start', own, {
    seconds: 180,
    before: `socat -u TCP-LISTEN:${TURN_PORT},reuseaddr,accept-timeout=100 - || exit`,
    after: TAKE_ADDRESS,
  })
  const stop = await agentIn(ground, from, 'stop', PAIR_PARAMETERS, {
    seconds: 90,
    before: DROP_ADDRESS,
    after: `until (: > /dev/tcp/${ADDRESS[to]}/${TURN_PORT}) 2>/dev/null; do sleep .1; done`,
  })
  const start = await next
  if (stop.code !== 0) throw new Error(`stop on ${from} answers ${stop.code}: ${stop.output}`)
  if (start.code !== 0) throw new Error(`start on ${to} answers ${start.code}: ${start.output}`)
}

const TAKE_ADDRESS = `ip addr add ${ADDRESS.service}/24 dev eth1; arping -q -U -c 1 -I eth1 ${ADDRESS.service} || :`
const DROP_ADDRESS = `ip addr del ${ADDRESS.service}/24 dev eth1`

export async function takeAddress(ground: Ground, server: Server): Promise<void> {
  await mustExec(ground, server, TAKE_ADDRESS)
}

export async function dropAddress(ground: Ground, server: Server): Promise<void> {
  await mustExec(ground, server, DROP_ADDRESS)
}

const VERSIONS = { v3: '3', v4: '4.2' } as const
export type Version = keyof typeof VERSIONS
export const versions = ['v3', 'v4'] as const satisfies readonly Version[]

/** A client that gives a silent connection up after 15 s; the other takes three minutes, as mount does by itself. */
export const CLIENT = { hasty: 'timeo=50,retrans=2', patient: 'timeo=600,retrans=2' } as const

/** The client mounts the share by each version, locks a file of each and appends to it. */
export async function startClient(
  ground: Ground,
  patience: (typeof CLIENT)[keyof typeof CLIENT] = CLIENT.hasty,
): Promise<void> {
  for (const version of versions) {
    await mustExec(
      ground,
      'client',
      [
        `mount -t nfs -o vers=${VERSIONS[version]},hard,${patience} ${ADDRESS.service}:${SHARE} /mnt/${version}`,
        `rm -f /mnt/${version}/held-${version} /tmp/${version}; touch /tmp/${version}`,
        `(exec 9>>/mnt/${version}/held-${version}; flock 9; cd /; exec node /lab/appender.cjs /tmp/${version}) </dev/null >/dev/null 2>&1 & echo $! > /tmp/${version}.pid`,
      ].join('\n'),
      120,
    )
  }
  await until('the client to append', 120, async () => {
    const done = await Promise.all(versions.map(version => acknowledged(ground, version)))
    return done.every(({ lines }) => lines.length > 5)
  })
}

export async function stopClient(ground: Ground): Promise<void> {
  await execInGuest(ground, 'client', 'kill -9 $(cat /tmp/v3.pid /tmp/v4.pid); umount -l /mnt/v3 /mnt/v4', 30)
}

export interface Journal {
  readonly lines: readonly { readonly text: string; readonly atMs: number }[]
  readonly failures: readonly string[]
}

/** What the client was told is on disk. */
export async function acknowledged(ground: Ground, version: Version): Promise<Journal> {
  const text = await mustExec(ground, 'client', `cat /tmp/${version}`)
  const lines = text.split('\n').filter(Boolean)
  return {
    lines: lines
      .filter(line => !line.includes('FAILED'))
      .map(line => ({
        text: line.slice(0, line.lastIndexOf(' ')),
        atMs: Number(line.slice(line.lastIndexOf(' '))),
      })),
    failures: lines.filter(line => line.includes('FAILED')),
  }
}

/** The longest time between two acknowledged writes after the first `from` of them, in milliseconds. */
export function longestPause({ lines }: Journal, from: number): number {
  const times = lines.slice(Math.max(0, from - 1)).map(({ atMs }) => atMs)
  return Math.max(0, ...times.slice(1).map((atMs, index) => atMs - (times[index] ?? atMs)))
}

/** What is wrong with the client's file, as the serving node has it: lines lost, torn, written twice or elsewhere. */
export async function lostLines(
  ground: Ground,
  server: Server,
  version: Version,
): Promise<readonly string[]> {
  const { lines } = await acknowledged(ground, version)
  const file = (await mustExec(ground, server, `cat -v ${SHARE}/held-${version}`)).split('\n')
  return faultsIn(
    lines.map(({ text }) => text),
    file,
  )
}

/** Whether the client's lock on its file is known on a server. */
export async function isLocked(ground: Ground, server: Server, version: Version): Promise<boolean> {
  const script = `grep -q "POSIX .*:$(stat -c %i ${SHARE}/held-${version}) " /proc/locks`
  return (await execInGuest(ground, server, script)).code === 0
}

/** Looks until it is so. @throws Error naming what was waited for */
export async function until(what: string, seconds: number, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain for ${what}`)
    await sleep(500)
  }
}
