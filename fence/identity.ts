import type { PowerSwitch } from './power-switch.ts'
import { SwitchFailure } from './power-switch.ts'

/**
 * Whether the device that answers is the one that the operator pinned. Letter case and the separators
 * of MAC addresses do not matter.
 *
 * @throws SwitchFailure (final) when it is another one: an address that moved must not switch a stranger
 */
export async function checkIdentity(
  device: PowerSwitch,
  plugs: readonly string[],
  pinned: string | undefined,
): Promise<void> {
  if (pinned === undefined) return
  const reported = await device.identity(plugs)
  if (reported.some(name => plain(name) === plain(pinned))) return
  const seen = reported.length === 0 ? 'none' : reported.join(' / ').slice(0, 60)
  throw new SwitchFailure(
    'final',
    `another device answers: it is ${seen}, device_id pins ${pinned}; nothing switched`,
  )
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[\s:.\-_]/g, '')
}
