import type { Action, Problem } from '../../lib/ocf/agent.ts'
import { keeperOf } from './keepers.ts'
import type { Settings } from './parameters.ts'
import { warnings } from './warnings.ts'

/** What start needs on this node. */
export async function checkHost(action: Action<Settings>): Promise<readonly Problem[]> {
  const { address, mode } = action.settings
  for (const warning of await warnings(action)) action.report.warn(warning)
  const problems = await keeperOf(action.settings).check(action)
  if (problems.length > 0) return problems
  if (await isOwnAddress(address.host)) return []
  const port = mode === 'serve' ? 'listen' : 'be asked'
  return [
    {
      kind: 'host',
      text: `host ${address.host} is no address of this node: a server here cannot ${port} there, is its IP resource started first?`,
    },
  ]
}

async function isOwnAddress(host: string): Promise<boolean> {
  if (host === '0.0.0.0' || host === '::' || host.startsWith('127.')) return true
  const { networkInterfaces } = await import('node:os')
  return Object.values(networkInterfaces()).some(addresses =>
    addresses?.some(({ address }) => address === host.toLowerCase()),
  )
}
