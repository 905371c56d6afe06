import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What the tools of a real cluster printed, as the node n1 saw it: `well`, three nodes that run a stack and have
 * fenced each other; `broken`, the same after everything was spoilt that can be; `export`, one that has an export
 * configured; `pacemaker-3`, what crm_mon of Pacemaker 3.0 makes of the CIB of `well`; `two-nodes`, two that never
 * fenced each other, with Debian's own file of SBD; `returned`, n1 after all three were fenced, n1 last, and its
 * fencer was told of none of it; `share`, a guest that serves OCFS2 on DRBD by NFS; `voice`, as n2 saw it, which has
 * no model, while n1 speaks: run by the agent itself, in a container, by a unit (`cib*.xml`), two containers and the
 * unit that Ollama's installer leaves, and what lies on the disks.
 */
export type Captured =
  | 'well'
  | 'broken'
  | 'export'
  | 'pacemaker-3'
  | 'two-nodes'
  | 'returned'
  | 'share'
  | 'voice'

/** One file of it; empty when that was not captured. */
export function captured(name: Captured, file: string): string {
  const path = join(import.meta.dirname, 'captured', name, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
