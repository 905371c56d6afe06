import type { Answer } from './answers.ts'

/** Tells what happens while it happens: a line of its own for news, and where there is a terminal one that lives. */
export interface Progress {
  say(what: string): void
  /** Times count from here on. */
  countFrom(atMs: number): void
  stop(): void
}

const EVERY_MS = 250
const QUIET_EVERY_MS = 10_000

/**
 * @param live the state in a few words, asked for again and again
 * @param write takes text as it is
 */
export function showProgress(
  live: () => string,
  write: (text: string) => void,
  isTerminal: boolean,
): Progress {
  let zeroMs = Date.now()
  let toldMs = Date.now()
  const since = () => `${((Date.now() - zeroMs) / 1000).toFixed(1).padStart(7)} s  `
  const clear = isTerminal ? '\r\u001b[K' : ''
  const timer = setInterval(() => {
    if (isTerminal) write(`${clear}${since()}${live()}`.slice(0, 160))
    else if (Date.now() - toldMs >= QUIET_EVERY_MS) {
      toldMs = Date.now()
      write(`${since()}${live()}\n`)
    }
  }, EVERY_MS)
  return {
    say(what) {
      toldMs = Date.now()
      write(`${clear}${since()}${what}\n`)
    },
    countFrom(atMs) {
      zeroMs = atMs
    },
    stop() {
      clearInterval(timer)
      write(clear)
    },
  }
}

/** `app away, esp answers`: the newest answer of each service. */
export function liveWords(
  services: readonly string[],
  newest: (service: string) => Answer | undefined,
): string {
  return services
    .map(service => {
      const answer = newest(service)
      return `${service} ${answer === undefined ? 'not asked yet' : answer.ok ? 'answers' : 'AWAY'}`
    })
    .join(', ')
}
