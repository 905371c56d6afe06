import { parseProbeUrl, probe } from '../../lib/net/probe.ts'
import { type Answer, allAnswer, lastIndex } from './answers.ts'
import { askNameServer, parseDnsUrl } from './dns-question.ts'
import type { WatchedService } from './services.ts'

/** How often each service is asked: what an outage of a second needs. */
export const EVERY_MS = 100
const LIMIT_MS = 1_000

/** Asks services without a pause, and remembers every answer. */
export interface Asking {
  readonly answers: readonly Answer[]
  /** Whether each service has answered without a miss for a second, since `fromMs`. */
  steady(fromMs: number): boolean
  /** The newest answer of a service. */
  newest(service: string): Answer | undefined
  stop(): void
}

/** One question: whether the service answered within the limit. */
export type Question = (timeoutMs: number) => Promise<boolean>

/** How a service is asked; undefined when its URL is none that can be asked over the network. */
export function questionOf(url: string): Question | undefined {
  const name = parseDnsUrl(url)
  if (name !== undefined) return timeoutMs => askNameServer(name, timeoutMs)
  const target = parseProbeUrl(url)
  if (target === undefined || target.scheme === 'exec') return undefined
  return async timeoutMs => (await probe(target, { timeoutMs, tries: 1, pauseMs: 0 })).ok
}

/**
 * Asks each service again and again until it is told to stop. Each question has a connection and a limit of
 * one second of its own; none waits for the one before.
 *
 * @param onAnswer called with every answer
 * @param everyMs between two questions to a service
 */
export function startAsking(
  services: readonly WatchedService[],
  onAnswer: (answer: Answer) => void = () => {},
  everyMs = EVERY_MS,
): Asking {
  const answers: Answer[] = []
  const newest = new Map<string, Answer>()
  const timers: NodeJS.Timeout[] = []
  let stopped = false
  const keepAsking = (service: string, ask: Question) => {
    const once = async (): Promise<void> => {
      const sentMs = Date.now()
      const ok = await ask(LIMIT_MS).catch(() => false)
      if (stopped) return
      const answer = { service, sentMs, doneMs: Date.now(), ok }
      answers.push(answer)
      // A question that timed out ends after later ones that were answered: the newest question counts.
      if (sentMs >= (newest.get(service)?.sentMs ?? 0)) newest.set(service, answer)
      onAnswer(answer)
    }
    timers.push(setInterval(() => void once(), everyMs))
  }
  services.forEach(({ name, url }, index) => {
    const question = questionOf(url)
    if (question === undefined) throw new Error(`${name}: ${url} cannot be asked over the network`)
    // Spread over the time between two: all at once would wait for each other.
    timers.push(setTimeout(() => keepAsking(name, question), (index * everyMs) / services.length))
  })
  const names = services.map(({ name }) => name)
  return {
    answers,
    steady(fromMs) {
      // An answer comes at most its time limit after its question.
      const start = lastIndex(answers, one => one.doneMs < fromMs - 2 * LIMIT_MS)
      return allAnswer(answers.slice(start + 1), names, fromMs)
    },
    newest: service => newest.get(service),
    stop() {
      stopped = true
      for (const timer of timers) clearInterval(timer)
    },
  }
}
