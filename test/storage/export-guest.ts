import { copyFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root } from '../../scripts/bundle.ts'
import { type ExecResult, execInGuest, type Ground } from '../../scripts/guests/guest.ts'
import { bootGuests, openLab } from '../../scripts/guests/lab.ts'
import { makeLocalOcfs2, mustExec, startNfsServer } from '../../scripts/guests/storage.ts'

export const INSTANCE = 'p_export'
export const MOUNT = '/srv/share'

/** Seconds that an action may take in a guest, as Pacemaker's time-out. */
const ACTION_SECONDS = 60

/** What crm_mon would print of a managed resource: there is no cluster in this guest. */
const MANAGED = `<pacemaker-result><cluster_options maintenance-mode="false"/><resource id="${INSTANCE}" managed="true" maintenance="false"/></pacemaker-result>`

/** One guest with a local OCFS2 and a running knfsd, and the built agent in it. */
export async function openExportGuest(name: string): Promise<Ground> {
  const ground = await openLab(name)
  await bootGuests(ground, ['a'])
  for (const file of ['ocf/haha/nfs-ocfs2-export', 'lib/haha/nfs-ocfs2-export-metrics.cjs'])
    copyFileSync(join(root, 'dist', file), join(ground.folder, 'lab', basename(file)))
  await mustExec(
    ground,
    'a',
    [
      'set -e; mkdir -p /usr/lib/ocf/resource.d/haha /usr/lib/ocf/lib/haha',
      'cp /lab/nfs-ocfs2-export /usr/lib/ocf/resource.d/haha/; cp /lab/*-metrics.cjs /usr/lib/ocf/lib/haha/',
      `printf '#!/bin/sh\\necho %s\\n' ${quoted(quoted(MANAGED))} > /usr/local/bin/crm_mon; chmod +x /usr/local/bin/crm_mon`,
    ].join('\n'),
  )
  await makeLocalOcfs2(ground, 'a', MOUNT)
  await startNfsServer(ground, 'a')
  return ground
}

const parameters = {
  directory: MOUNT,
  fsid: '42',
  device: '/dev/mapper/data',
  clients: '10.77.0.0/24=rw,no_root_squash,no_subtree_check',
} as const

export interface GuestAction {
  readonly depth?: 0 | 10 | 20
  /** A recurring monitor of Pacemaker; otherwise a probe. */
  readonly recurring?: boolean
}

/** Runs an action of the installed agent in the guest; the output ends with its exit reason. */
export function agentIn(
  ground: Ground,
  action: string,
  { depth = 0, recurring }: GuestAction = {},
): Promise<ExecResult> {
  const environment = {
    OCF_ROOT: '/usr/lib/ocf',
    OCF_RESOURCE_INSTANCE: INSTANCE,
    OCF_CHECK_LEVEL: String(depth),
    OCF_RESKEY_crm_feature_set: '3.16.2',
    OCF_RESKEY_CRM_meta_timeout: String(ACTION_SECONDS * 1000),
    ...(recurring === true ? { OCF_RESKEY_CRM_meta_interval: '10000' } : {}),
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`OCF_RESKEY_${name}`, value])),
  }
  const assignments = Object.entries(environment).map(([name, value]) => `${name}=${quoted(value)}`)
  const agent = '/usr/lib/ocf/resource.d/haha/nfs-ocfs2-export'
  return execInGuest(ground, 'a', `env ${assignments.join(' ')} ${agent} ${action}`, ACTION_SECONDS + 10)
}

/** The agent's parameters as ocf-tester takes them. */
export const testerOptions = Object.entries(parameters)
  .map(([name, value]) => `-o ${name}=${quoted(value)}`)
  .join(' ')

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
