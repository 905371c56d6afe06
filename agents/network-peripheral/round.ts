import type { Deadline } from '../../lib/ocf/deadline.ts'
import { readKey, readLogin } from './key-file.ts'
import type { Settings } from './parameters.ts'
import { probeTarget } from './targets/probe-target.ts'
import type { ProbeLimits, Target, TargetAnswer } from './targets/target.ts'

/** One target's answer. */
export interface Asked {
  readonly target: Target
  readonly answer: TargetAnswer
}

/** One look at all targets. */
export interface Round {
  /** Settles as soon as enough targets answered, or when too few are left: the others may be slow to fail. */
  readonly up: Promise<boolean | undefined>
  readonly all: Promise<readonly Asked[]>
}

/** Share of what is left of an action that probes may take; attributes and log come after them. */
const probeShare = 0.6

/** Asks all targets side by side, at the addresses that start found. */
export function askTargets(
  settings: Settings,
  addresses: Readonly<Record<string, string>>,
  deadline: Deadline,
): Round {
  const { targets, require, probeTimeoutMs, attempts } = settings
  const key = readKey(settings.esphomeKeyFile)
  const login = readLogin(settings.mqttLoginFile)
  const limits: ProbeLimits = {
    deadlineMs: Math.min(probeTimeoutMs * attempts + 500, deadline.remainingMs() * probeShare),
    timeoutMs: probeTimeoutMs,
    attempts,
    ...(key.kind === 'key' ? { esphomeKey: key.bytes } : {}),
    ...(login.kind === 'key' ? { mqttLogin: login.login } : {}),
  }
  const asked = targets.map(async target => ({ target, answer: await ask(target, addresses, limits) }))
  return { up: decided(asked, neededOf(require, targets.length)), all: Promise.all(asked) }
}

/** How many of so many targets have to answer. */
export function neededOf(require: string, count: number): number {
  if (require === 'any') return 1
  return require === 'all' ? count : Math.min(Number(require), count)
}

async function ask(
  target: Target,
  addresses: Readonly<Record<string, string>>,
  limits: ProbeLimits,
): Promise<TargetAnswer> {
  const host = addresses[target.host]
  if (host === undefined)
    return {
      up: false,
      unasked: true,
      detail: `${target.url} was not resolved at start: write its address, or restart this resource`,
    }
  return await probeTarget({ ...target, host }, limits)
}

/**
 * True when enough answered, false when that many cannot answer any more; undefined when this node could
 * not ask enough of them to know.
 */
export function decided(asked: readonly Promise<Asked>[], needed: number): Promise<boolean | undefined> {
  return new Promise((resolve, reject) => {
    let up = 0
    let down = 0
    let unasked = 0
    for (const one of asked) {
      one.then(({ answer }) => {
        if (answer.up) up += 1
        else if (answer.unasked === true) unasked += 1
        else down += 1
        if (up >= needed) resolve(true)
        else if (down > asked.length - needed) resolve(false)
        else if (up + down + unasked === asked.length) resolve(undefined)
      }, reject)
    }
  })
}
