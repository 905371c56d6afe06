import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isSameProcess, ownIdentity, type ProcessIdentity, parseIdentity } from './processes.ts'

/** Folder of everything that is fetched or built once. `HAHA_CACHE` names another one. */
export const cacheFolder = (): string => process.env.HAHA_CACHE || '/var/cache/haha-ocf'

/** Short fingerprint of what a cached thing is made from. */
export const contentKey = (...parts: readonly string[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:${part}`)
  return hash.digest('hex').slice(0, 12)
}

const building = new Map<string, Promise<string>>()

/**
 * Gives the cached entry `name`, building it first if it is not there.
 *
 * @param build fills the folder it is given; `final` is where that folder will stand once complete, for
 *   what must know its own path. It may be killed at any instant: only a finished folder gets its name.
 * @returns the path of the complete entry
 */
export function cached(
  name: string,
  build: (folder: string, final: string) => Promise<void>,
): Promise<string> {
  const final = join(cacheFolder(), name)
  const running = building.get(final) ?? buildOnce(final, name, build)
  building.set(final, running)
  running.catch(() => building.delete(final))
  return running
}

async function buildOnce(
  final: string,
  name: string,
  build: (folder: string, final: string) => Promise<void>,
): Promise<string> {
  await mkdir(cacheFolder(), { recursive: true })
  for (;;) {
    if (await exists(final)) return final
    const lock = `${final}.building`
    const holder = await takeLock(lock)
    if (holder !== 'mine') {
      await sleep(500)
      continue
    }
    try {
      if (await exists(final)) return final
      const folder = join(cacheFolder(), `.partial-${name}`)
      await rm(folder, { recursive: true, force: true })
      await mkdir(folder, { recursive: true })
      await build(folder, final)
      await rename(folder, final)
      return final
    } finally {
      await rm(join(cacheFolder(), `.partial-${name}`), { recursive: true, force: true })
      await rm(lock, { recursive: true, force: true })
    }
  }
}

async function takeLock(lock: string): Promise<'mine' | 'taken'> {
  try {
    await writeFile(lock, JSON.stringify(ownIdentity()), { flag: 'wx' })
    return 'mine'
  } catch {
    const holder = await lockHolder(lock)
    if (holder && isSameProcess(holder)) return 'taken'
    // A holder that died leaves its lock; one that is just being written has no content yet, hence the wait.
    await sleep(200)
    const again = await lockHolder(lock)
    if (!again || !isSameProcess(again)) await rm(lock, { force: true })
    return 'taken'
  }
}

async function lockHolder(lock: string): Promise<ProcessIdentity | undefined> {
  try {
    return parseIdentity(JSON.parse(await readFile(lock, 'utf8')))
  } catch {
    return undefined
  }
}

const exists = (path: string): Promise<boolean> =>
  readdir(path).then(
    () => true,
    () => false,
  )
