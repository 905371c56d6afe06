import { CommandMissing, type CommandResult, runCommand } from '../../lib/host/command.ts'
import { lastLine } from './cluster-tools.ts'
import type { Order } from './command-line.ts'

const REACH_MS = 15_000

/** Runs a line of shell as root on a node: here, or by ssh. */
export type OnNode = (script: string, timeoutMs?: number) => Promise<CommandResult>

/** @param here the node on which this runs */
export function onNode(node: string, here: string, { ssh }: Pick<Order, 'ssh'>): OnNode {
  const [program = 'ssh', ...args] = ssh
  return (script, timeoutMs = REACH_MS) =>
    node === here
      ? runCommand('sh', ['-c', script], { timeoutMs })
      : runCommand(program, [...args, node, script], { timeoutMs, env: { HOME: '/root' } })
}

/** Why commands cannot be run on a node, in a line; undefined: they can. */
export async function unreachable(
  node: string,
  here: string,
  order: Pick<Order, 'ssh'>,
): Promise<string | undefined> {
  if (node === here) return undefined
  const advice = `run the drill on ${node}, or let root log in there by key, or see --ssh`
  try {
    const result = await onNode(node, here, order)('true')
    if (result.code === 0) return undefined
    const why = result.timedOut ? `no answer within ${REACH_MS / 1000} s` : lastLine(result).slice(0, 70)
    return `no command can be run on ${node} (${why}); ${advice}`
  } catch (error) {
    if (!(error instanceof CommandMissing)) throw error
    return `no command can be run on ${node} (${error.binary} is not installed); ${advice}`
  }
}

/** A word for a shell that takes it as it is. */
export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`
