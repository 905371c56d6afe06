import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The command lines of all processes of a node, as the host sees them; none of a node that is off.
 *
 * @param pid1 process id on the host of the node's first process
 */
export const commandsIn = (pid1: number | undefined): string[][] =>
  pid1 === undefined ? [] : commandsBelow(`/proc/${pid1}/root/proc`)

/** @param proc a folder such as /proc */
export function commandsBelow(proc: string): string[][] {
  return unlessGone(() => readdirSync(proc), [])
    .filter(name => /^\d+$/.test(name))
    .map(name =>
      unlessGone(() => readFileSync(join(proc, name, 'cmdline'), 'utf8'), '')
        .replace(/\0$/, '')
        .split('\0'),
    )
}

/** A process, or its whole node, may end between two looks. */
function unlessGone<T>(look: () => T, otherwise: T): T {
  try {
    return look()
  } catch {
    return otherwise
  }
}
