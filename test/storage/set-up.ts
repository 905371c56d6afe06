import { closeOrphanedLabs } from '../../scripts/guests/lab.ts'
import { bootFiles } from '../../scripts/guests/root-image.ts'

/**
 * Kernel and root before the first test, so that no test's time limit pays for a cold cache.
 * @returns what ends the guests of a test file that was killed
 */
export async function setUp(): Promise<() => Promise<void>> {
  await bootFiles()
  await closeOrphanedLabs()
  return closeOrphanedLabs
}
