import { readdirSync } from 'node:fs'

/** What a folder of the kernel's or of /etc holds; nothing when it is not there. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
