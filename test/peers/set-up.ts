import { installEnginePackages, installRivalAgents } from '../../scripts/engine/host-packages.ts'
import { reapLeftovers } from '../../scripts/engine/leftovers.ts'
import { startStockedEngine } from '../../scripts/engine/stocked.ts'
import { shellyRival } from './fence/rival-tree.ts'
import { HOUSE_IMAGES, QUICK_IMAGES } from './stack.ts'
import { debianPrograms } from './targets/debian-programs.ts'

/** Engines, images and rivals before the first test, so that no test's time limit pays for a cold cache. */
export async function setUp(): Promise<void> {
  await installEnginePackages()
  await installRivalAgents()
  await shellyRival()
  await debianPrograms()
  await reapLeftovers()
  for (const version of ['oldest', 'newest'] as const) {
    for (const images of version === 'newest' ? [QUICK_IMAGES, HOUSE_IMAGES] : [QUICK_IMAGES]) {
      const engine = await startStockedEngine({ name: `stocking-${process.pid}`, version }, images)
      await engine.stop()
    }
  }
}
