import type { Socket } from 'node:net'

/** What the bridges of the market do with a second client (docs/agents/network-peripheral.md). */
export const SECOND_CLIENTS = ['refused', 'merged', 'throws-out', 'reset', 'two', 'told'] as const
export type SecondClient = (typeof SECOND_CLIENTS)[number]

/** Whether the newcomer may stay; those who must go are gone then. */
export function admits(policy: SecondClient | undefined, newcomer: Socket, present: Set<Socket>): boolean {
  if (policy === undefined || policy === 'merged' || present.size === 0) return true
  switch (policy) {
    case 'refused':
      newcomer.end()
      return false
    case 'reset':
      newcomer.resetAndDestroy()
      return false
    case 'told':
      newcomer.end('Client limit has been reached\r\n')
      return false
    case 'throws-out':
      for (const socket of present) socket.destroy()
      return true
    case 'two': {
      const [oldest] = present
      if (present.size > 1) oldest?.destroy()
      return true
    }
  }
}
