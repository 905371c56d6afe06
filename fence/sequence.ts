import { monotonicMs } from '../lib/host/clock.ts'
import type { Budget } from './budget.ts'
import { refuteOff } from './power-check.ts'
import type { PowerState, PowerSwitch, Reading } from './power-switch.ts'
import { SwitchFailure } from './power-switch.ts'
import type { Report } from './report.ts'

/** One node's outlets and how the operator wants them switched. Times are milliseconds. */
export interface PowerJob {
  readonly device: PowerSwitch
  readonly plugs: readonly string[]
  readonly budget: Budget
  readonly report: Report
  readonly statusSleepMs: number
  /** How long the outlets stay dark in a reboot at least. */
  readonly darkMs: number
  readonly powerCheck: 'auto' | 'require' | 'off'
  readonly standbyWatts: number
  /** Whether a reboot may use the device's own timed off. */
  readonly timedOff: boolean
}

/** What a switch did: nothing, because the state was there and read back, or its work. */
export type Outcome = 'already' | 'switched'

/** How long the way back on may take after a confirmed off; the fencer's deadline is never told. */
const onAgainMs = 8000
/** When a state that did not come is asked for again. Asking twice is harmless, toggling never happens. */
const askAgainMs = 2000

/**
 * Off, and read back as off on every outlet in one and the same pass.
 * @throws SwitchFailure in every other case
 */
export async function powerOff(job: PowerJob): Promise<Outcome> {
  const lasting = (reading: Reading) => reading.temporary === undefined
  const outcome = await bring(job, 'off', lasting, plug => job.device.set(plug, 'off'))
  await refuteOff(job)
  return outcome
}

/** On, and read back as on on every outlet. @throws SwitchFailure in every other case */
export async function powerOn(job: PowerJob): Promise<Outcome> {
  return bring(
    job,
    'on',
    () => true,
    plug => job.device.set(plug, 'on'),
  )
}

/**
 * All off, all confirmed, then on. Once the off is confirmed the node is fenced, so nothing that
 * happens later is thrown: the caller exits 0, and does so within {@link onAgainMs}.
 *
 * @throws SwitchFailure when the off was not confirmed; then nothing was switched on
 */
export async function reboot(job: PowerJob): Promise<void> {
  const { device, plugs, budget, report, darkMs } = job
  const offSeconds = Math.ceil(darkMs / 1000) + 5
  const asked = new Set<string>()
  await bring(
    job,
    'off',
    () => true,
    async plug => {
      const timed = job.timedOff && plugs.length === 1 && !asked.has(plug)
      asked.add(plug)
      if (timed && device.cycle !== undefined) await device.cycle(plug, offSeconds)
      else await device.set(plug, 'off')
    },
  )
  await refuteOff(job)
  await new Promise<void>(resolve => setTimeout(resolve, darkMs))
  budget.restart(onAgainMs)
  try {
    await powerOn(job)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unknown'
    report.warning(`off is confirmed, but it is not on again, switch it on by hand: ${why}`)
  }
}

/**
 * The state of a node from all its outlets: on needs all on, off needs all off.
 * @throws SwitchFailure when they differ or one is not known
 */
export async function readState({ device, plugs, budget }: PowerJob): Promise<'on' | 'off'> {
  const readings = await persist(budget, async () => {
    const all: { readonly plug: string; readonly reading: Reading }[] = []
    for (const plug of plugs) all.push({ plug, reading: await device.read(plug) })
    const unknown = all.find(({ reading }) => reading.state === 'unknown')
    if (unknown !== undefined) throw new SwitchFailure('transient', unknown.reading.seen)
    return all
  })
  const states = new Set<PowerState>(readings.map(({ reading }) => reading.state))
  if (states.size === 1) return states.has('on') ? 'on' : 'off'
  const seen = readings.map(({ plug, reading }) => `${plug} ${reading.state.toUpperCase()}`).join(', ')
  throw new SwitchFailure('final', `the outlets of the node differ: ${seen}`)
}

/** Repeats a step that failed for a transient reason, while the budget lasts. */
export async function persist<T>(budget: Budget, step: () => Promise<T>): Promise<T> {
  for (let pauseMs = 300; ; pauseMs = Math.min(1000, pauseMs * 2)) {
    try {
      const result = await step()
      budget.heard()
      return result
    } catch (cause) {
      if (!isTransient(cause) || budget.leftMs <= pauseMs + 100) throw cause
      await budget.sleep(pauseMs)
    }
  }
}

async function bring(
  job: PowerJob,
  to: 'on' | 'off',
  accepted: (reading: Reading) => boolean,
  ask: (plug: string) => Promise<void>,
): Promise<Outcome> {
  const { device, plugs, budget, statusSleepMs } = job
  const askedAt = new Map<string, number>()
  let outcome: Outcome = 'already'
  let seen = ''
  let lastFailure: SwitchFailure | undefined
  for (let pauseMs = 50; ; pauseMs = Math.min(statusSleepMs, pauseMs * 2)) {
    let reached = 0
    for (const plug of plugs) {
      try {
        const reading = await device.read(plug)
        if (reading.state !== 'unknown') budget.heard()
        seen = reading.temporary ?? reading.seen
        if (reading.state === to && accepted(reading)) {
          reached += 1
          continue
        }
        const asked = askedAt.get(plug)
        if (asked !== undefined && monotonicMs() - asked < askAgainMs) continue
        outcome = 'switched'
        await ask(plug)
        askedAt.set(plug, monotonicMs())
        lastFailure = undefined
      } catch (cause) {
        if (!isTransient(cause)) throw cause
        lastFailure = cause
        pauseMs = Math.max(pauseMs, 300)
      }
    }
    if (reached === plugs.length) return outcome
    if (budget.leftMs <= pauseMs + 100) {
      const failed = lastFailure === undefined ? `last seen: ${seen}` : lastFailure.message
      throw new SwitchFailure('transient', `${to.toUpperCase()} not confirmed, ${failed}`)
    }
    await budget.sleep(pauseMs)
  }
}

function isTransient(cause: unknown): cause is SwitchFailure {
  return cause instanceof SwitchFailure && cause.kind === 'transient'
}
