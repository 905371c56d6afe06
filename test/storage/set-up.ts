import { emulatorCommand } from '../../scripts/guests/emulator.ts'
import { closeOrphanedLabs } from '../../scripts/guests/lab.ts'
import { bootFiles } from '../../scripts/guests/root-image.ts'

/**
 * Kernel, root and emulator before the first test, so that no test's time limit pays for a cold cache.
 * @returns what ends the guests of a test file that was killed
 */
export async function setUp(): Promise<() => Promise<void>> {
  await Promise.all([bootFiles(), emulatorCommand()])
  await closeOrphanedLabs()
  return closeOrphanedLabs
}
