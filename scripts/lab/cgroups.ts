import { readdirSync } from 'node:fs'
import { mkdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export async function createGroup(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
}

/** Removes a control group and all below it; the kernel lets go of the last dead process a little late. */
export async function removeGroup(folder: string): Promise<void> {
  for (const child of children(folder)) await removeGroup(join(folder, child))
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      return await rmdir(folder)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
      if (tries === 99) throw error
      await sleep(20)
    }
  }
}

function children(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => entry.name)
  } catch {
    return []
  }
}
