import { join } from 'node:path'
import { cached, contentKey } from '../../../scripts/engine/cache.ts'
import { unpackAlone } from '../../../scripts/engine/debian.ts'

const packages = ['fence-agents-common', 'fence-agents-shelly']

/**
 * Fetches fence_shelly_gen2, which Debian 12 and 13 do not have, from a later suite, once. It is a script
 * and needs of its own suite only the library of all fence agents; python3 and its modules are this host's.
 *
 * @returns how to run an agent of that tree: its path, and the command before it
 */
export async function shellyRival(): Promise<{ readonly path: string; readonly command: readonly string[] }> {
  const root = await fenceAgents()
  return {
    path: join(root, 'usr/sbin/fence_shelly_gen2'),
    // Before this host's own library, which is older.
    command: ['/usr/bin/env', `PYTHONPATH=${join(root, 'usr/share/fence')}`, '/usr/bin/python3'],
  }
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
