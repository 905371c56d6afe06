import type { Check, Moment } from './moments.ts'
import type { Progress } from './progress.ts'

/** What a drill notes down while it runs. */
export class Notes {
  faultMs = Date.now()
  what = ''
  isMade = false
  readonly checks: Check[] = []
  readonly moments: Moment[] = []
  readonly #progress: Progress

  constructor(progress: Progress) {
    this.#progress = progress
  }

  fault(what: string, atMs = Date.now()): void {
    Object.assign(this, { faultMs: atMs, what, isMade: true })
    this.#progress.countFrom(atMs)
    this.moments.push({ atMs, what, source: 'drill' })
    this.#progress.say(what)
  }

  note(what: string): void {
    this.moments.push({ atMs: Date.now(), what, source: 'drill' })
    this.#progress.say(what)
  }

  check(text: string, ok: boolean): void {
    this.checks.push({ text, ok })
    this.#progress.say(`${ok ? 'ok' : 'FAILED'}: ${text}`)
  }
}
