import { readText, writeAtomically } from '../../lib/host/small-file.ts'
import type { Invocation } from '../../lib/ocf/invocation.ts'
import { numberAt, parseJson } from '../../lib/ocf/json.ts'
import { stateFolder } from '../../lib/ocf/state-file.ts'

/**
 * The kernel's log keeps an Xid until the next boot, also when the GPU has long been reset. A start that
 * fails for it bans the node, so a later start means that somebody has dealt with it: up to which record
 * that is, outlives the stop in between.
 */
export function toldXid({ agent, instance }: Invocation): number {
  return numberAt(parseJson(readText(pathOf(agent, instance)) ?? ''), 'sequence') ?? -1
}

export function rememberXid({ agent, instance }: Invocation, sequence: number): void {
  writeAtomically(pathOf(agent, instance), `${JSON.stringify({ sequence })}\n`)
}

function pathOf(agent: string, instance: string): string {
  return `${stateFolder}/${agent}-${instance}.xid.json`
}
