import { monotonicMs } from '../lib/host/clock.ts'
import type { Meter } from './power-switch.ts'
import { SwitchFailure } from './power-switch.ts'
import type { PowerJob } from './sequence.ts'

/** Two readings at least this far apart, milliseconds: a meter lags behind its relay by a second or two. */
const apartMs = 3000
const betweenMs = 700

/**
 * Asks the meters of outlets that were read back as OFF whether anything still flows. A meter can only
 * refute: low readings prove nothing and are not waited for, high ones must be two, measured at
 * different times. `auto` forgives an outlet without a meter, `require` does not.
 *
 * @throws SwitchFailure when an outlet that says OFF still feeds something
 */
export async function refuteOff(job: PowerJob): Promise<void> {
  if (job.powerCheck === 'off') return
  for (const plug of job.plugs) await refuteOne(job, plug)
}

async function refuteOne(job: PowerJob, plug: string): Promise<void> {
  const { budget, report, standbyWatts } = job
  const required = job.powerCheck === 'require'
  let first: { readonly meter: Meter; readonly atMs: number } | undefined
  let reading = await readMeter(job, plug)
  if (reading === undefined) {
    if (required)
      throw new SwitchFailure('final', `${plug} is OFF, but has no meter that power_check=require can ask`)
    return
  }
  while (reading === undefined || reading.watts > standbyWatts) {
    if (reading !== undefined) {
      if (reading.shared === true) {
        report.warning(`${plug} is OFF; its meter is shared with other outlets and shows ${reading.watts} W`)
        return
      }
      first ??= { meter: reading, atMs: monotonicMs() }
      const later = monotonicMs() - first.atMs >= apartMs
      const measuredAnew = reading.timestamp === undefined || reading.timestamp !== first.meter.timestamp
      if (later && measuredAnew)
        throw new SwitchFailure(
          'final',
          `${plug} says OFF and still feeds ${reading.watts} W (standby_watts=${standbyWatts}): its relay is stuck`,
        )
    }
    if (budget.leftMs < betweenMs + 100) {
      if (required)
        throw new SwitchFailure('final', `${plug} is OFF, but its meter gave no second reading in time`)
      report.warning(
        `${plug} is OFF; its meter stands still at ${first?.meter.watts ?? 'nothing'} W and was not believed`,
      )
      return
    }
    await budget.sleep(betweenMs)
    reading = await readMeter(job, plug)
  }
}

async function readMeter({ device, budget }: PowerJob, plug: string): Promise<Meter | undefined> {
  if (device.meter === undefined) return undefined
  try {
    const meter = await device.meter(plug)
    budget.heard()
    return meter
  } catch (cause) {
    if (cause instanceof SwitchFailure && cause.kind === 'transient') return undefined
    throw cause
  }
}
