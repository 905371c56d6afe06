import { expect, test } from 'vitest'
import { Budget } from '../../../fence/budget.ts'
import type { Meter, PowerState, PowerSwitch, Reading } from '../../../fence/power-switch.ts'
import { SwitchFailure } from '../../../fence/power-switch.ts'
import type { PowerJob } from '../../../fence/sequence.ts'
import { powerOff, powerOn, readState, reboot } from '../../../fence/sequence.ts'

/** A device whose outlets do as the test says; every request is noted in the order in which it came. */
function device(states: Record<string, PowerState>, more: Partial<PowerSwitch> = {}) {
  const log: string[] = []
  const made: PowerSwitch = {
    async read(plug): Promise<Reading> {
      log.push(`read ${plug}`)
      return { state: states[plug] ?? 'unknown', seen: `${plug} is ${states[plug]}` }
    },
    async set(plug, to) {
      log.push(`${to} ${plug}`)
      states[plug] = to
    },
    identity: async () => [],
    hazards: async () => [],
    outlets: async () => [],
    ...more,
  }
  return { made, log, states }
}

function job(
  made: PowerSwitch,
  plugs: readonly string[],
  more: Partial<PowerJob> = {},
): PowerJob & { warnings: string[] } {
  const warnings: string[] = []
  return {
    device: made,
    plugs,
    budget: new Budget(1500, 1500, { connectMs: 500, requestMs: 500 }),
    report: {
      result: () => {},
      resultText: () => {},
      error: () => {},
      detail: () => {},
      keepSecret: () => {},
      warning: line => warnings.push(line),
    },
    statusSleepMs: 100,
    darkMs: 10,
    powerCheck: 'auto',
    standbyWatts: 5,
    timedOff: true,
    warnings,
    ...more,
  }
}

test.concurrent('off is read, asked for, and read back', async () => {
  const { made, log } = device({ a: 'on' })
  expect(await powerOff(job(made, ['a']))).toBe('switched')
  expect(log).toEqual(['read a', 'off a', 'read a'])
})

test.concurrent('an outlet that was off already is not touched', async () => {
  const { made, log } = device({ a: 'off' })
  expect(await powerOff(job(made, ['a']))).toBe('already')
  expect(log).toEqual(['read a'])
})

test.concurrent.each(['on', 'unknown'] as const)(
  'a device that keeps saying %s is not off, however it obeys',
  async state => {
    const { made } = device({ a: state }, { set: async () => {} })
    await expect(powerOff(job(made, ['a']))).rejects.toThrow(/OFF not confirmed/)
  },
)

test.concurrent('a reboot switches nothing on before every outlet is confirmed off', async () => {
  const { made, log } = device({ a: 'on', b: 'on' })
  await reboot(job(made, ['a', 'b']))
  const firstOn = log.findIndex(line => line.startsWith('on '))
  expect(log.slice(0, firstOn)).toEqual(['read a', 'off a', 'read b', 'off b', 'read a', 'read b', 'read a'])
})

test.concurrent('of two outlets one that stays on fails the reboot, and nothing is switched on', async () => {
  const { made, log, states } = device({ a: 'on', b: 'on' })
  const stuck: PowerSwitch = {
    ...made,
    set: async (plug, to) => (plug === 'b' ? undefined : made.set(plug, to)),
  }
  await expect(reboot(job(stuck, ['a', 'b']))).rejects.toThrow(/b is on/)
  expect(log).not.toContain('on a')
  expect(states).toEqual({ a: 'off', b: 'on' })
})

test.concurrent('a reboot succeeds after its confirmed off even when on is refused', async () => {
  const { made } = device({ a: 'on' })
  const set: PowerSwitch['set'] = async (plug, to) => {
    if (to === 'on') throw new SwitchFailure('final', 'on is forbidden')
    await made.set(plug, to)
  }
  const refusing = job({ ...made, set }, ['a'])
  await reboot(refusing)
  expect(refusing.warnings).toEqual([expect.stringContaining('on is forbidden')])
})

test.concurrent('a reboot prefers the timed off of the device, and falls back to off when that did not work', async () => {
  const { made, log, states } = device({ a: 'on' })
  const cycle = async (plug: string) => {
    log.push(`cycle ${plug}`)
    throw new SwitchFailure('transient', 'lost')
  }
  await reboot(job({ ...made, cycle }, ['a']))
  expect(log.filter(line => !line.startsWith('read'))).toEqual(['cycle a', 'off a', 'on a'])
  expect(states.a).toBe('on')
})

test.concurrent('an off that a timer will end is no off, but enough for a reboot', async () => {
  const { made } = device({ a: 'on' })
  const read: PowerSwitch['read'] = async plug => ({ ...(await made.read(plug)), temporary: 'a timer runs' })
  await expect(powerOff(job({ ...made, read }, ['a']))).rejects.toThrow(/a timer runs/)
  await reboot(job({ ...made, read }, ['a']))
})

test.concurrent('one lost request is tried again, a wrong password is not', async () => {
  const { made } = device({ a: 'on' })
  let tries = 0
  const failing = (kind: 'transient' | 'final'): PowerSwitch => ({
    ...made,
    read: async plug => {
      tries += 1
      if (tries === 1) throw new SwitchFailure(kind, 'the first request failed')
      return made.read(plug)
    },
  })
  await powerOff(job(failing('transient'), ['a']))
  tries = 0
  await expect(powerOff(job(failing('final'), ['a']))).rejects.toThrow('the first request failed')
  expect(tries).toBe(1)
})

test.concurrent('a device that never answers is given up when its patience ends, not when the budget does', async () => {
  const { made } = device({ a: 'on' })
  const read = async () => {
    throw new SwitchFailure('transient', 'silence')
  }
  const budget = new Budget(30_000, 700, { connectMs: 100, requestMs: 100 })
  const started = performance.now()
  await expect(powerOff(job({ ...made, read }, ['a'], { budget }))).rejects.toThrow('silence')
  expect(performance.now() - started).toBeLessThan(1500)
})

test.concurrent('a node with two outlets is on only when both are, off only when both are', async () => {
  expect(await readState(job(device({ a: 'on', b: 'on' }).made, ['a', 'b']))).toBe('on')
  expect(await readState(job(device({ a: 'off', b: 'off' }).made, ['a', 'b']))).toBe('off')
  await expect(readState(job(device({ a: 'on', b: 'off' }).made, ['a', 'b']))).rejects.toThrow('a ON, b OFF')
})

test.concurrent('on asks for the outlets that are off, and reads all back', async () => {
  const { made, log } = device({ a: 'on', b: 'off' })
  expect(await powerOn(job(made, ['a', 'b']))).toBe('switched')
  expect(log.filter(line => line.startsWith('on'))).toEqual(['on b'])
})

function metered(meters: readonly (Meter | undefined)[]) {
  let at = 0
  const { made } = device({ a: 'off' })
  return { ...made, meter: async () => meters[Math.min(at++, meters.length - 1)] }
}
const long = () => new Budget(6000, 6000, { connectMs: 100, requestMs: 100 })

test.concurrent('watts behind an OFF in two readings three seconds apart refute it', async () => {
  let second = 0
  const made = metered([])
  const meter = async () => ({ watts: 120, timestamp: String(second++) })
  await expect(powerOff(job({ ...made, meter }, ['a'], { budget: long() }))).rejects.toThrow(
    /still feeds 120 W/,
  )
})

test.concurrent('a meter that falls below the threshold clears the outlet at once', async () => {
  const started = performance.now()
  await powerOff(job(metered([{ watts: 120 }, { watts: 0 }]), ['a'], { budget: long() }))
  expect(performance.now() - started).toBeLessThan(1500)
})

test.concurrent('a meter that stands still is not believed: a warning for auto, a failure for require', async () => {
  const still = metered([{ watts: 120, timestamp: 'same' }])
  const auto = job(still, ['a'])
  await powerOff(auto)
  expect(auto.warnings).toEqual([expect.stringContaining('stands still')])
  await expect(powerOff(job(still, ['a'], { powerCheck: 'require' }))).rejects.toThrow(/no second reading/)
})

test.concurrent('a meter that several outlets share only warns', async () => {
  const shared = job(metered([{ watts: 300, shared: true }]), ['a'])
  await powerOff(shared)
  expect(shared.warnings).toEqual([expect.stringContaining('shared')])
})

test.concurrent('power_check=require fails where there is no meter, power_check=off does not ask', async () => {
  await expect(powerOff(job(metered([undefined]), ['a'], { powerCheck: 'require' }))).rejects.toThrow(
    /no meter/,
  )
  await powerOff(job(metered([{ watts: 120 }]), ['a'], { powerCheck: 'off' }))
})
