import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Ground, killGuest } from '../../scripts/guests/guest.ts'
import { closeLab, labGround } from '../../scripts/guests/lab.ts'
import { mustExec } from '../../scripts/guests/storage.ts'
import {
  acknowledged,
  bootServer,
  cease,
  isLocked,
  longestPause,
  lostLines,
  openPair,
  other,
  type Server,
  serve,
  startClient,
  stopClient,
  until,
  versions,
} from './pair.ts'

const FULL = process.env.HAHA_FULL === '1'
const LAB = `move-${process.pid}`
let lab: Ground | undefined
let serving: Server = 'a'

const ground = (): Ground => {
  if (lab === undefined) throw new Error('the guests did not come up')
  return lab
}

beforeAll(async () => {
  lab = await openPair(LAB)
  await serve(lab, serving)
  await startClient(lab)
})
afterAll(async () => {
  await closeLab(await labGround(LAB))
})

/** Writes and locks of the client go on over something that happens to its server. */
async function survives(what: string, move: () => Promise<void>): Promise<void> {
  const before = await Promise.all(versions.map(version => acknowledged(ground(), version)))
  await move()
  for (const [index, version] of versions.entries()) {
    const from = before[index]?.lines.length ?? 0
    await until(`writes by ${version} after ${what}`, 180, async () => {
      const { lines } = await acknowledged(ground(), version)
      return lines.length > from + 20
    })
    await until(`the lock of ${version} on ${serving} after ${what}`, 120, () =>
      isLocked(ground(), serving, version),
    )
    const journal = await acknowledged(ground(), version)
    expect(journal.failures).toEqual([])
    expect(await lostLines(ground(), serving, version)).toEqual([])
    console.log(`  ${what}: ${version} paused ${longestPause(journal, from)} ms, lock kept, no write lost`)
  }
}

test.each(Array.from({ length: FULL ? 10 : 3 }, (_, index) => index + 1))(
  'planned move %i keeps the locks of NFSv4.2 and NFSv3 and every acknowledged write',
  async number => {
    await survives(`planned move ${number}`, async () => {
      const target = other(serving)
      await cease(ground(), serving)
      await serve(ground(), target)
      serving = target
    })
  },
)

test.each(Array.from({ length: FULL ? 5 : 2 }, (_, index) => index + 1))(
  'death %i of the serving node keeps the locks of NFSv4.2 and NFSv3 and every acknowledged write',
  async number => {
    const dead = serving
    await survives(`death ${number} of the serving node`, async () => {
      await killGuest(ground(), dead)
      serving = other(dead)
      await serve(ground(), serving)
    })
    await bootServer(ground(), dead)
  },
)

test('the server that a stop ends holds nothing: the filesystem can be unmounted', async () => {
  await stopClient(ground())
  await cease(ground(), serving)
  await mustExec(ground(), serving, 'umount /srv/share', 120)
})
