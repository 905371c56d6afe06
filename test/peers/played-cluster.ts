import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClusterState, crmMonXml } from '../unit/cluster/crm-mon.ts'

/** The programs by which an agent asks its cluster, in a folder to be put in front of PATH. */
export interface PlayedCluster {
  readonly folder: string
  /** What crm_mon tells about a resource from now on. */
  tell(resource: string, state: ClusterState): void
  /** crm_mon fails from now on, as it does while Pacemaker is down. */
  fail(): void
  remove(): void
}

export function playCluster(): PlayedCluster {
  const folder = mkdtempSync(join(tmpdir(), 'haha-cluster-'))
  const program = (name: string, script: string) =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  program('attrd_updater', 'exit 0')
  return {
    folder,
    tell(resource, state) {
      writeFileSync(join(folder, 'answer.xml'), crmMonXml(state, resource))
      program('crm_mon', `cat ${folder}/answer.xml`)
    },
    fail: () => program('crm_mon', 'exit 102'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
