/**
 * off: the power is being cut, or was, and an ON is owed. dark: the off is confirmed, an ON is owed.
 * undo: the cut failed, and it is not known what it did: an ON is owed.
 * on: powered again, booting. restart: its service was asked to restart. done, failed: over.
 */
export const phases = ['off', 'dark', 'undo', 'on', 'restart', 'done', 'failed'] as const
export type Phase = (typeof phases)[number]

/** How far a recovery is, as every node is told before the step is taken. */
export interface Recovery {
  readonly phase: Phase
  /** The node whose connection proved the hang. */
  readonly node: string
  /** Grows with each change: the highest one of all nodes is true. */
  readonly serial: number
  /** When recoveries began, in seconds since 1970, the newest last. */
  readonly history: readonly number[]
}

export const noRecovery: Recovery = { phase: 'done', node: '', serial: 0, history: [] }

export function recoveryText({ phase, node, serial, history }: Recovery): string {
  return `${phase};${node};${serial};${history.join(',')}`
}

export function parseRecovery(text: string): Recovery | undefined {
  const [, word, node = '', serial, history = ''] =
    /^([a-z]+);([^;\s]*);(\d{1,12});((?:\d{1,12}(?:,\d{1,12})*)?)$/.exec(text) ?? []
  const phase = phases.find(known => known === word)
  if (phase === undefined || serial === undefined) return undefined
  return {
    phase,
    node,
    serial: Number(serial),
    history: history === '' ? [] : history.split(',').map(Number),
  }
}

/** A recovery's state as this node remembers it. */
export interface KnownRecovery {
  readonly text: string
  /** Since when it has been that, by this node's own clock since boot. */
  readonly sinceMs: number
}

export const nothingKnown: KnownRecovery = { text: recoveryText(noRecovery), sinceMs: 0 }

/** The latest of what the nodes hold; a node that left takes its own copy with it, so each holds one. */
export function latest(texts: Iterable<string>): Recovery {
  let best = noRecovery
  for (const text of texts) {
    const one = parseRecovery(text)
    if (one !== undefined && one.serial > best.serial) best = one
  }
  return best
}

export function owesPower({ phase }: Recovery): boolean {
  return phase === 'off' || phase === 'dark' || phase === 'undo'
}

/** Longest a step that cuts power may take; it is killed then. */
export const cutMs = 20_000

/** Power supplies bridge short gaps. */
const darkMs = 5000

/** Until when a device has booted, and until when its service must be heard again. */
const settleMs = 180_000

/**
 * Whether the ON may be paid now. The node that cut the power pays at once: no other action of its own
 * runs. Another one first gives the cut the time that it may take, or it would come after the ON.
 *
 * @param ageMs for how long this node has known this state: clocks of two nodes are never compared
 */
export function mayPay(recovery: Recovery, node: string, ageMs: number): boolean {
  if (!owesPower(recovery)) return false
  if (recovery.node === node) return true
  return ageMs >= (recovery.phase === 'off' ? cutMs + darkMs : darkMs)
}

/** What this monitor saw. */
export interface RecoveryView {
  readonly node: string
  readonly ageMs: number
  /** The targets answer. */
  readonly up: boolean
  /** The radio sends. */
  readonly answers: boolean
}

/** The phase that follows, undefined while there is nothing to do but wait. */
export function nextPhase(recovery: Recovery, view: RecoveryView): Phase | undefined {
  if (recovery.node !== view.node) return undefined
  if (recovery.phase !== 'on' && recovery.phase !== 'restart') return undefined
  if (view.answers) return 'done'
  if (view.ageMs >= settleMs) return 'failed'
  return recovery.phase === 'on' && view.up ? 'restart' : undefined
}

export interface RecoveryLimits {
  readonly recoveryLimit: number
  readonly recoveryCooldownMs: number
}

const daySeconds = 86_400

/**
 * Why no recovery may begin now; undefined when one may. A clock that was set counts neither way: times
 * of a future within the window count as well.
 */
export function obstacle(
  recovery: Recovery,
  nowSeconds: number,
  ageMs: number,
  { recoveryLimit, recoveryCooldownMs }: RecoveryLimits,
): string | undefined {
  const today = recovery.history.filter(at => Math.abs(nowSeconds - at) < daySeconds)
  const last = today.at(-1)
  if (today.length >= recoveryLimit)
    return `it was power-cycled ${today.length} times in a day, which is recovery_limit: look at it yourself`
  // A node that fell over in the middle must not block the others for ever.
  if (owesPower(recovery) || (['on', 'restart'].includes(recovery.phase) && ageMs < settleMs + 60_000))
    return `a power-cycle begun by ${recovery.node} is under way (${recovery.phase})`
  if (last !== undefined && Math.abs(nowSeconds - last) * 1000 < recoveryCooldownMs)
    return 'it was power-cycled just now (recovery_cooldown)'
  return undefined
}

/** A recovery that begins: what is recorded before the power is cut. */
export function begin(recovery: Recovery, node: string, nowSeconds: number): Recovery {
  const recent = recovery.history.filter(at => Math.abs(nowSeconds - at) < daySeconds)
  return { phase: 'off', node, serial: recovery.serial + 1, history: [...recent, nowSeconds] }
}

export function inPhase(recovery: Recovery, phase: Phase): Recovery {
  return { ...recovery, phase, serial: recovery.serial + 1 }
}
