import type { Action } from '../../lib/ocf/agent.ts'
import { oneLine } from '../../lib/ocf/exit-reason.ts'
import type { Settings } from './parameters.ts'
import { cutMs } from './recovery-state.ts'

/** Devices that switch off and on by themselves: then no ON is ever owed to a node that fell over. */
const cyclesItself = ['netio', 'shelly1', 'shelly2']

export type PowerStep = 'off' | 'on' | 'cycle'

/** How the power of the peripheral is best taken away. */
export function cutOf({ recoveryDriver = '' }: Settings): PowerStep {
  return cyclesItself.includes(recoveryDriver) ? 'cycle' : 'off'
}

/**
 * Switches the power of the peripheral by the installed fence_homelab, which reads back what it did.
 * @throws Error with what went wrong
 */
export async function switchPower(action: Action<Settings>, step: PowerStep): Promise<void> {
  const { recoveryPlug = '' } = action.settings
  const timeoutMs = Math.min(cutMs, action.deadline.remainingMs() * 0.8)
  action.deadline.waitFor(`the power switch (${step})`)
  const { code, timedOut, stderr, stdout } = await action.work.command(
    `power ${step} of ${recoveryPlug}`,
    'fence_homelab',
    [],
    { timeoutMs, input: optionLines(action.settings, step) },
  )
  if (timedOut)
    throw new Error(`fence_homelab did not switch it ${step} within ${Math.round(timeoutMs / 1000)} s`)
  if (code === 0) return
  const said = (stderr.trim() || stdout.trim()).split('\n').at(-1) ?? ''
  throw new Error(`fence_homelab could not switch it ${step}: ${oneLine(said, 110)}`)
}

/** Options as the fencer passes them, on stdin. */
export function optionLines(settings: Settings, step: PowerStep): string {
  const { recoveryDriver, recoveryIp, recoveryPlug, recoveryMac, recoveryPasswordFile } = settings
  const isPoe = recoveryDriver === 'poe'
  const options: readonly (readonly [string, string | undefined])[] = [
    ['action', step === 'cycle' ? 'reboot' : step],
    ['method', step === 'cycle' ? 'cycle' : 'onoff'],
    ['driver', recoveryDriver],
    ['ip', recoveryIp],
    ['plug', recoveryPlug],
    ['peripheral_mac', isPoe ? recoveryMac : undefined],
    ['password_file', recoveryPasswordFile],
  ]
  const given = options.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}\n`]))
  return [...given, ...settings.recoveryOptions.map(option => `${option}\n`)].join('')
}
