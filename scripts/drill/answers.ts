/** One question of the client to one service, as it went. Times are milliseconds since the epoch. */
export interface Answer {
  readonly service: string
  readonly sentMs: number
  readonly doneMs: number
  readonly ok: boolean
}

/** How long answers must go on coming before a service counts as back. */
const STEADY_MS = 1_000

/** Whether every service has answered without a miss since `fromMs`, and for at least a second. */
export function allAnswer(answers: readonly Answer[], services: readonly string[], fromMs: number): boolean {
  return services.every(service => {
    const own = answers.filter(one => one.service === service && one.sentMs >= fromMs)
    const miss = lastIndex(own, one => !one.ok)
    const good = own.slice(miss + 1)
    return (good.at(-1)?.doneMs ?? 0) - (good[0]?.doneMs ?? 0) >= STEADY_MS
  })
}

/** Reads one line of the client; undefined for what is none. */
export function readAnswer(line: string): Answer | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (!Array.isArray(value)) return undefined
  const [service, sentMs, doneMs, ok]: unknown[] = value
  if (typeof service !== 'string' || typeof sentMs !== 'number') return undefined
  if (typeof doneMs !== 'number' || typeof ok !== 'boolean') return undefined
  return { service, sentMs, doneMs, ok }
}

/** The line for one answer; short, because the client writes fifty a second. */
export const answerLine = ({ service, sentMs, doneMs, ok }: Answer): string =>
  `${JSON.stringify([service, sentMs, doneMs, ok])}\n`

/** Position of the last one that is wanted, looked for from the end; -1 when there is none. */
export function lastIndex<T>(all: readonly T[], wanted: (one: T) => boolean): number {
  for (let index = all.length - 1; index >= 0; index -= 1) {
    const one = all[index]
    if (one !== undefined && wanted(one)) return index
  }
  return -1
}
