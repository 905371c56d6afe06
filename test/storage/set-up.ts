import { bootFiles } from '../../scripts/guests/root-image.ts'

/** Kernel and root before the first test, so that no test's time limit pays for a cold cache. */
export async function setUp(): Promise<void> {
  await bootFiles()
}
