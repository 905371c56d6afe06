import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configureDrbd, DRBD_DEVICE, makeDrbd } from '../../scripts/guests/drbd.ts'
import type { Ground } from '../../scripts/guests/guest.ts'
import { bootGuests, openLab } from '../../scripts/guests/lab.ts'
import {
  joinO2cb,
  makeSharedOcfs2,
  mountShared,
  mustExec,
  type O2cbTimes,
} from '../../scripts/guests/storage.ts'
import { documentedDrbd } from './documented-cluster.ts'
import { installAgent } from './guest-agent.ts'
import { prepareClient, type Server, SHARE } from './pair.ts'

const SERVERS = ['a', 'b'] as const

/** The fencing of a lab without Pacemaker: DRBD goes on when the test says that the other node is dead. */
const FENCE = '/usr/local/sbin/wait-until-fenced'
const HANDLERS = { fence: FENCE, unfence: '/bin/true' } as const
const fenced = '/lab/fenced'
// 7 is "was fenced by its power" (drbd.conf(5), fence-peer).
const WAIT = `#!/bin/sh\nwhile [ ! -e ${fenced} ]; do sleep .2; done; exit 7\n`

/** Two servers with a formatted, primary DRBD on both, and a client. Nothing is mounted. */
export async function openDrbdServers(
  name: string,
  times: O2cbTimes,
  configuration = documentedDrbd(),
): Promise<Ground> {
  const ground = await openLab(name)
  await bootGuests(ground, ['a', 'b', 'client'])
  await Promise.all([...SERVERS.map(server => joinO2cb(ground, server, times)), prepareClient(ground)])
  await makeDrbd(ground, configuration)
  await makeSharedOcfs2(ground, 'a', DRBD_DEVICE)
  return ground
}

/** A server that lost its power, again as {@link openDrbdServers} had it; its DRBD is down. */
export async function returnDrbdServer(ground: Ground, server: Server, times: O2cbTimes): Promise<void> {
  await bootGuests(ground, [server])
  await joinO2cb(ground, server, times)
  await configureDrbd(ground, server, documentedDrbd())
}

/** {@link openDrbdServers} with the share mounted on both, for tests that play the cluster themselves. */
export async function openDrbdPair(name: string, times: O2cbTimes): Promise<Ground> {
  const ground = await openDrbdServers(name, times, documentedDrbd(HANDLERS))
  for (const server of SERVERS) await mountAndInstall(ground, server)
  return ground
}

async function mountAndInstall(ground: Ground, server: Server): Promise<void> {
  await mustExec(ground, server, `printf '${WAIT.replaceAll('\n', '\\n')}' > ${FENCE}; chmod +x ${FENCE}`)
  await mountShared(ground, server, SHARE, DRBD_DEVICE)
  await installAgent(ground, server)
}

/** The survivor hears that the other node is dead. */
export function tellFenced(ground: Ground): void {
  writeFileSync(join(ground.folder, fenced), '')
}
