import type { Cib, Resource } from '../pacemaker/cib.ts'
import { isTrue } from '../pacemaker/read-cib.ts'

/** The fencing devices that may be used: one whose target role is Stopped is not. */
export function fencingDevices(cib: Cib): readonly Resource[] {
  return cib.resources.filter(
    ({ agent, meta }) => agent.startsWith('stonith:') && meta.get('target-role') !== 'Stopped',
  )
}

/** Whether nodes reset themselves by a watchdog when they lose the others, without any device. */
export function fencesByWatchdog({ properties }: Cib): boolean {
  const wait = properties.get('stonith-watchdog-timeout') ?? '0'
  return isTrue(properties.get('have-watchdog')) && !/^0\D*$/.test(wait)
}

/** The nodes that a device fences; undefined when only the device itself could say. */
export function targetsOf({ parameters }: Resource): readonly string[] | undefined {
  if (parameters.get('pcmk_host_check') === 'none') return undefined
  const list = (parameters.get('pcmk_host_list') ?? '').split(/[\s,;]+/)
  const map = (parameters.get('pcmk_host_map') ?? '')
    .split(/[\s;]+/)
    .map(entry => entry.split(/[:=]/)[0] ?? '')
  const targets = [...list, ...map].filter(name => name !== '')
  return targets.length === 0 ? undefined : targets
}
