import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Somebody pressed Ctrl-C, or ended the program from outside. */
export class Interrupted extends Error {
  /** As a shell would put it: 128 and the signal's number. */
  readonly exitCode: number

  constructor(signal: (typeof SIGNALS)[number], consequence: string) {
    super(`interrupted (${signal}); ${consequence}`)
    this.name = 'Interrupted'
    this.exitCode = 128 + constants.signals[signal]
  }
}

/**
 * Rejects at the first signal. Later ones change nothing: taking down is quick, and stopping it half-way
 * would leave behind what it made.
 *
 * @param consequence what becomes of what the program has done so far
 */
export function onInterrupt(consequence: string): Promise<never> {
  const first = new Promise<never>((_, reject) => {
    for (const signal of SIGNALS) process.on(signal, () => reject(new Interrupted(signal, consequence)))
  })
  first.catch(() => undefined)
  return first
}
