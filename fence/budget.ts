import { monotonicMs } from '../lib/host/clock.ts'
import { SwitchFailure } from './power-switch.ts'

/** Longest a request may take on its own, and how long connecting may take of it. */
export interface RequestLimits {
  readonly connectMs: number
  readonly requestMs: number
}

/**
 * The time an action has left. Pacemaker never tells its deadline and kills without a word, so an
 * action ends itself: after `totalMs`, or after `patienceMs` without one usable answer.
 */
export class Budget {
  readonly limits: RequestLimits
  #patienceMs: number
  #endMs: number
  #heardMs: number

  constructor(totalMs: number, patienceMs: number, limits: RequestLimits) {
    this.limits = limits
    this.#patienceMs = patienceMs
    this.#heardMs = monotonicMs()
    this.#endMs = this.#heardMs + totalMs
  }

  /** Milliseconds left, 0 when the action has to end. */
  get leftMs(): number {
    return Math.max(0, Math.min(this.#endMs, this.#heardMs + this.#patienceMs) - monotonicMs())
  }

  /** A usable answer came: patience starts anew. */
  heard(): void {
    this.#heardMs = monotonicMs()
  }

  /** A new phase with a limit of its own; patience starts anew. */
  restart(totalMs: number): void {
    this.#heardMs = monotonicMs()
    this.#endMs = this.#heardMs + totalMs
    this.#patienceMs = Math.min(this.#patienceMs, totalMs)
  }

  /** More time, for a wait that the operator asked for. */
  extend(ms: number): void {
    this.#endMs += ms
    this.#heardMs += ms
  }

  /** Waits, but not past the end. */
  async sleep(ms: number): Promise<void> {
    await new Promise<void>(resolve => setTimeout(resolve, Math.min(ms, this.leftMs)))
  }

  /** Throws when nothing is left; asked before a request, so that none begins that cannot end. */
  check(what: string): void {
    if (this.leftMs < 50) throw new SwitchFailure('transient', `no time left for ${what}`)
  }
}
