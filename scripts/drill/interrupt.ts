import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Somebody pressed Ctrl-C, or ended the program from outside. */
export class Interrupted extends Error {
  /** As a shell would put it: 128 and the signal's number. */
  readonly exitCode: number

  constructor(signal: (typeof SIGNALS)[number]) {
    super(`interrupted (${signal}); everything it started is taken down`)
    this.name = 'Interrupted'
    this.exitCode = 128 + constants.signals[signal]
  }
}

/**
 * Rejects at the first signal. Later ones change nothing: taking down is quick, and stopping it half-way
 * would leave namespaces behind.
 */
export function onInterrupt(): Promise<never> {
  const first = new Promise<never>((_, reject) => {
    for (const signal of SIGNALS) process.on(signal, () => reject(new Interrupted(signal)))
  })
  first.catch(() => undefined)
  return first
}
