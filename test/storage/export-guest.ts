import type { ExecResult, Ground } from '../../scripts/guests/guest.ts'
import { bootGuests, openLab } from '../../scripts/guests/lab.ts'
import { makeLocalOcfs2, startNfsServer } from '../../scripts/guests/storage.ts'
import { agentIn, type GuestAction, installAgent } from './guest-agent.ts'

export const MOUNT = '/srv/share'

export const PARAMETERS = {
  directory: MOUNT,
  fsid: '42',
  device: '/dev/mapper/data',
  clients: '10.77.0.0/24=rw,no_root_squash,no_subtree_check',
} as const

/** One guest with a local OCFS2 and a running knfsd, and the built agent in it. */
export async function openExportGuest(name: string): Promise<Ground> {
  const ground = await openLab(name)
  await bootGuests(ground, ['a'])
  await installAgent(ground, 'a')
  await makeLocalOcfs2(ground, 'a', MOUNT)
  await startNfsServer(ground, 'a')
  return ground
}

/** An action of the one export of this guest. */
export function act(ground: Ground, action: string, how?: GuestAction): Promise<ExecResult> {
  return agentIn(ground, 'a', action, PARAMETERS, how)
}
