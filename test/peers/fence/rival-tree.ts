import { join } from 'node:path'
import { cached, contentKey } from '../../../scripts/engine/cache.ts'
import { unpackAlone } from '../../../scripts/engine/debian.ts'

const packages = ['fence-agents-common', 'fence-agents-shelly']

/**
 * Fetches fence_shelly_gen2, which Debian 12 and 13 do not have, from a later suite, once. It is a script
 * and needs of its own suite only the library of all fence agents; python3 and its modules are this host's.
 *
 * @returns the agent, and the library to put into PYTHONPATH before this host's own, which is older
 */
export async function shellyRival(): Promise<{ readonly path: string; readonly library: string }> {
  const root = await fenceAgents()
  return { path: join(root, 'usr/sbin/fence_shelly_gen2'), library: join(root, 'usr/share/fence') }
}

async function fenceAgents(): Promise<string> {
  let failure: unknown
  // Debian testing may be without a package for a while.
  for (const suite of ['forky', 'sid'] as const) {
    try {
      return await cached(`fence-agents-${suite}-${contentKey(...packages, '1')}`, folder =>
        unpackAlone(suite, packages, folder),
      )
    } catch (error) {
      failure ??= error
    }
  }
  throw new Error('fence-agents-shelly could not be fetched from Debian forky or sid', { cause: failure })
}
