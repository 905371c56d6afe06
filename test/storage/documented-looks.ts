import { execInGuest, type Ground, type GuestName } from '../../scripts/guests/guest.ts'
import { SHARE_LOOKS } from '../conformance/documentation/looks.ts'

/** What the pages tell somebody to type who looks at a share, typed where one is served. @returns what went wrong */
export async function documentedLooks(ground: Ground, guest: GuestName): Promise<readonly string[]> {
  const wrong: string[] = []
  for (const command of SHARE_LOOKS) {
    const { code, output } = await execInGuest(ground, guest, command, 60)
    if (code !== 0 || output.trim() === '')
      wrong.push(`${command} ended with ${code}: ${output.slice(0, 200)}`)
  }
  return wrong
}
