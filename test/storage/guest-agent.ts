import { copyFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root } from '../../scripts/bundle.ts'
import {
  type ExecResult,
  execInGuest,
  type Ground,
  type GuestName,
  isRunning,
  logs,
} from '../../scripts/guests/guest.ts'
import { mustExec } from '../../scripts/guests/storage.ts'

export const INSTANCE = 'p_export'
const AGENT = '/usr/lib/ocf/resource.d/haha/nfs-ocfs2-export'

/** What crm_mon would print of a managed resource: there is no cluster in this guest. */
const MANAGED = `<pacemaker-result><cluster_options maintenance-mode="false"/><resource id="${INSTANCE}" managed="true" maintenance="false"/></pacemaker-result>`

/** The built agent, as the package installs it. */
export async function installAgent(ground: Ground, guest: GuestName): Promise<void> {
  for (const file of ['ocf/haha/nfs-ocfs2-export', 'lib/haha/nfs-ocfs2-export-metrics.cjs'])
    copyFileSync(join(root, 'dist', file), join(ground.folder, 'lab', basename(file)))
  await mustExec(
    ground,
    guest,
    [
      'set -e; mkdir -p /usr/lib/ocf/resource.d/haha /usr/lib/ocf/lib/haha',
      'cp /lab/nfs-ocfs2-export /usr/lib/ocf/resource.d/haha/; cp /lab/*-metrics.cjs /usr/lib/ocf/lib/haha/',
      `printf '#!/bin/sh\\necho %s\\n' ${quoted(quoted(MANAGED))} > /usr/local/bin/crm_mon; chmod +x /usr/local/bin/crm_mon`,
    ].join('\n'),
  )
}

export type Parameters = Readonly<Record<string, string>>

export interface GuestAction {
  readonly depth?: 0 | 10 | 20
  /** A recurring monitor of Pacemaker; otherwise a probe. */
  readonly recurring?: boolean
  /** What Pacemaker would grant: 60 unless told. */
  readonly seconds?: number
  /** Another resource than {@link INSTANCE}. */
  readonly instance?: string
  /** A shell script to run before it, or after its success: what a cluster does at the same moment. */
  readonly before?: string
  readonly after?: string
}

/**
 * Runs an action of the installed agent in a guest; the output ends with its exit reason.
 * @throws Error when the guest died meanwhile
 */
export async function agentIn(
  ground: Ground,
  guest: GuestName,
  action: string,
  parameters: Parameters,
  { depth = 0, recurring, seconds = 60, instance = INSTANCE, before = '', after = '' }: GuestAction = {},
): Promise<ExecResult> {
  const environment = {
    OCF_ROOT: '/usr/lib/ocf',
    OCF_RESOURCE_INSTANCE: instance,
    OCF_CHECK_LEVEL: String(depth),
    OCF_RESKEY_crm_feature_set: '3.16.2',
    OCF_RESKEY_CRM_meta_timeout: String(seconds * 1000),
    ...(recurring === true ? { OCF_RESKEY_CRM_meta_interval: '10000' } : {}),
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`OCF_RESKEY_${name}`, value])),
  }
  const assignments = Object.entries(environment).map(([name, value]) => `${name}=${quoted(value)}`)
  const result = await execInGuest(
    ground,
    guest,
    [before, `env ${assignments.join(' ')} ${AGENT} ${action} || exit`, after].join('\n'),
    seconds + 10,
  )
  if (result.code === 255 && !isRunning(ground, guest))
    throw new Error(`guest ${guest} died in ${action}: ${result.output}${logs(ground, guest).slice(-1500)}`)
  return result
}

/** ocf-tester's command line for the installed agent. */
export function testerCommand(parameters: Parameters): string {
  const options = Object.entries(parameters).map(([name, value]) => `-o ${name}=${quoted(value)}`)
  return `ocf-tester -n p_tester ${options.join(' ')} ${AGENT}`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
