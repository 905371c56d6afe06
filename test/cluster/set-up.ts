import { reapClusters } from '../../scripts/lab/leftovers.ts'
import { nodeRoot } from '../../scripts/lab/node-root.ts'
import { OPERATOR_PACKAGES } from './operator-packages.ts'

/** Every root before the first test, so that no test's time limit pays for a cold cache. */
export async function setUp(): Promise<void> {
  await reapClusters()
  for (const suite of ['bookworm', 'trixie'] as const) await nodeRoot({ suite, packages: [] })
  if (process.env.HAHA_FULL === '1') await nodeRoot({ suite: 'bookworm', packages: OPERATOR_PACKAGES })
}
