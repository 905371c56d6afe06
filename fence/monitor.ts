import type { Budget } from './budget.ts'
import type { Outlet, PowerSwitch } from './power-switch.ts'
import { SwitchFailure } from './power-switch.ts'
import type { Report } from './report.ts'
import { persist } from './sequence.ts'

/**
 * Proves that the device would obey: it is the pinned one, the login works, every configured outlet
 * (all, when none is configured) can be read, and nothing on it undoes an off. Hazards are warnings,
 * or with `strict` a failure.
 *
 * @returns a line for the operator
 */
export async function monitor(job: {
  readonly device: PowerSwitch
  readonly plugs: readonly string[]
  readonly budget: Budget
  readonly report: Report
  readonly strict: boolean
}): Promise<string> {
  const { device, budget, report } = job
  const identity = await persist(budget, () => device.identity(job.plugs))
  const outlets = job.plugs.length === 0 ? await persist(budget, () => device.outlets()) : []
  const plugs = job.plugs.length === 0 ? outlets.map(({ plug }) => plug) : job.plugs
  if (plugs.length === 0) throw new SwitchFailure('final', 'the device answers, but reports no outlet at all')
  const unread = outlets.find(({ state }) => state === 'unknown')
  if (unread !== undefined)
    throw new SwitchFailure('transient', `outlet ${unread.plug} reports no known state`)
  for (const plug of job.plugs)
    await persist(budget, async () => {
      const reading = await device.read(plug)
      if (reading.state === 'unknown') throw new SwitchFailure('transient', reading.seen)
    })
  const hazards = await persist(budget, () => device.hazards(plugs))
  for (const hazard of hazards) report.warning(hazard)
  if (job.strict && hazards[0] !== undefined) throw new SwitchFailure('final', `hazard: ${hazards[0]}`)
  return `Status: OK, ${plugs.length} outlet(s), device ${identity.join(' / ') || 'without an identity'}`
}

/** `plug,name` for each outlet, with its state as a third field for list-status. */
export function outletLine(outlet: Outlet, withState: boolean): string {
  const name = outlet.alias.replace(/[\r\n,]/g, ' ')
  const line = `${outlet.plug},${name}`
  return withState ? `${line},${outlet.state.toUpperCase()}` : line
}
