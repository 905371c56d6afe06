import { expect } from 'vitest'
import type { Ground } from '../../scripts/guests/guest.ts'
import { acknowledged, isLocked, longestPause, lostLines, type Server, until, versions } from './pair.ts'

/**
 * Something happens to the server of a client that is at work, and its writes and its locks go on.
 * @param happens answers on which server the share is then
 */
export async function clientsGoOn(
  ground: Ground,
  what: string,
  happens: () => Promise<Server>,
): Promise<void> {
  const before = await Promise.all(versions.map(version => acknowledged(ground, version)))
  const server = await happens()
  for (const [index, version] of versions.entries()) {
    const from = before[index]?.lines.length ?? 0
    await until(`writes by ${version} after ${what}`, 300, async () => {
      return (await acknowledged(ground, version)).lines.length > from + 20
    })
    await until(`the lock of ${version} on ${server} after ${what}`, 120, () =>
      isLocked(ground, server, version),
    )
    const journal = await acknowledged(ground, version)
    expect(journal.failures).toEqual([])
    expect(await lostLines(ground, server, version)).toEqual([])
    console.log(`  ${what}: ${version} paused ${longestPause(journal, from)} ms, lock kept, no write lost`)
  }
}
