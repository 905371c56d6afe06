/**
 * The contract between the fencing library and a device that can cut power. A driver states what the
 * device says, never what was meant: only an explicit OFF is `off`, and whatever cannot be understood
 * is `unknown`. Retries, budgets, several plugs and proofs are the library's (sequence.ts).
 */

export type PowerState = 'on' | 'off' | 'unknown'

/** What one look at an outlet found. */
export interface Reading {
  readonly state: PowerState
  /** What the device said, for the operator: `POWER1 is OFF`. */
  readonly seen: string
  /** Why an `off` will not last (a running timer); such an off proves a reboot, never an off. */
  readonly temporary?: string
}

/** A look at an outlet's power meter. A meter can refute an OFF; it can never prove one. */
export interface Meter {
  readonly watts: number
  /** When the device measured, in its own words; two readings with the same one are one reading. */
  readonly timestamp?: string
  /** The meter sums up several outlets, so it can only warn. */
  readonly shared?: boolean
}

/** An outlet that the device has. */
export interface Outlet {
  /** What an operator writes as `plug`. */
  readonly plug: string
  /** The name given to it on the device; empty when it has none. */
  readonly alias: string
  readonly state: PowerState
}

/** A device that can switch the power of its outlets. Every method throws a {@link SwitchFailure}. */
export interface PowerSwitch {
  /** Reads one outlet. The only source of truth: what {@link set} answers counts for nothing. */
  read(plug: string): Promise<Reading>
  /** Asks for a state; never a toggle. May return before the outlet has followed. */
  set(plug: string, to: 'on' | 'off'): Promise<void>
  /** Asks for an off that the device itself ends after `offSeconds`. */
  cycle?(plug: string, offSeconds: number): Promise<void>
  /** Undefined when this outlet has no meter. */
  meter?(plug: string): Promise<Meter | undefined>
  /**
   * All names by which the device may be pinned, as it reports them: MAC, serial, name. Where the
   * outlets have identities of their own (virtual machines), those of the plugs.
   */
  identity(plugs: readonly string[]): Promise<readonly string[]>
  /** Settings of the device that can undo or block fencing, one sentence each; [] when there are none. */
  hazards(plugs: readonly string[]): Promise<readonly string[]>
  outlets(): Promise<readonly Outlet[]>
}

/**
 * Why a request to a device failed. `transient` (refused, reset, time-out, 5xx, 429, broken answer) is
 * worth another try inside the budget; `final` (wrong password, no such outlet, another device than
 * pinned, refused by rule) is not, and ends the action at once.
 */
export class SwitchFailure extends Error {
  readonly kind: 'transient' | 'final'
  /** The HTTP status behind it, where there was one. */
  readonly status: number | undefined

  constructor(kind: 'transient' | 'final', message: string, status?: number) {
    super(message)
    this.name = 'SwitchFailure'
    this.kind = kind
    this.status = status
  }
}

/** The failure of an outlet that the device does not have, or of a node name without a host map. */
export function noSuchPlug(plug: string, device: string, have: readonly string[]): SwitchFailure {
  const known = have.length === 0 ? '' : ` (it has ${have.slice(0, 6).join(', ')})`
  return new SwitchFailure(
    'final',
    `no plug '${plug.slice(0, 40)}' on ${device}${known}: set plug, or pcmk_host_map="node:plug"`,
  )
}
