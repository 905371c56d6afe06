import { readText, writeAtomically } from '../host/small-file.ts'
import { durationText } from './duration.ts'
import { numberAt, objectAt, parseJson } from './json.ts'
import { stateFolder } from './state-file.ts'

/** What is known of the time one action took on this node since boot, in milliseconds. */
export interface ActionDurations {
  readonly longestMs: number
  readonly timeoutMs: number
  /** Not of monitor, which writes when it took longer than ever only. */
  readonly lastMs?: number
  readonly count?: number
}

/** Beyond this share of its timeout a start or stop is told to the operator. */
const tightShare = 0.7

/**
 * Records how long an action took; in a file of its own, because monitors write it and must not touch the
 * state that start and stop rely on. A monitor that took no longer than ever writes nothing: it runs every
 * few seconds.
 *
 * @returns a warning when a start or stop came close to its timeout, with the figure to configure
 */
export function recordDuration(
  agent: string,
  instance: string,
  action: string,
  elapsedMs: number,
  timeoutMs: number,
): string | undefined {
  const path = durationsPath(agent, instance)
  const json = parseJson(readText(path) ?? '{}')
  const before = objectAt(json, action)
  const lastMs = Math.round(elapsedMs)
  const longestMs = Math.max(lastMs, numberAt(before, 'longestMs') ?? -1)
  const isMonitor = action === 'monitor'
  if (isMonitor && numberAt(before, 'longestMs') === longestMs && numberAt(before, 'timeoutMs') === timeoutMs)
    return undefined
  const entry: ActionDurations = {
    ...(isMonitor ? {} : { lastMs, count: (numberAt(before, 'count') ?? 0) + 1 }),
    longestMs,
    timeoutMs,
  }
  try {
    writeAtomically(
      path,
      `${JSON.stringify({ ...(objectAt({ all: json ?? {} }, 'all') ?? {}), [action]: entry })}\n`,
    )
  } catch {
    // Figures are a service to the operator; without them the action still is what it is.
  }
  if ((action !== 'start' && action !== 'stop') || elapsedMs <= timeoutMs * tightShare) return undefined
  return (
    `${action} took ${(elapsedMs / 1000).toFixed(1)} s of its ${durationText(timeoutMs)} timeout; ` +
    `configure op ${action} timeout=${roomySeconds(elapsedMs)}s`
  )
}

/** The timeout to configure for what took so long: twice the time, rounded up to ten seconds. */
export function roomySeconds(elapsedMs: number): number {
  return Math.ceil((elapsedMs * 2) / 10_000) * 10
}

export function durationsPath(agent: string, instance: string): string {
  return `${stateFolder}/${agent}-${instance}.durations.json`
}
