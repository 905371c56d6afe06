import { counter, gauge, type Sample, sample } from '../metrics/metric.ts'
import type { ActionHistory } from './action-history.ts'
import { ExitCode } from './exit-codes.ts'
import type { State } from './state-file.ts'

/** What is told of every resource of every agent, besides `agent` and `resource`. */
export const resourceMetrics = {
  active: gauge('haha_resource_active', '1 while this node runs the resource, as its last action saw it.'),
  result: gauge(
    'haha_resource_action_result',
    'Exit code of the last run: 0 well, 7 not running, 190 degraded, others failed.',
    'action',
    'depth',
  ),
  duration: gauge('haha_resource_action_duration_seconds', 'How long the last run took.', 'action', 'depth'),
  timeout: gauge(
    'haha_resource_action_timeout_seconds',
    'After how long Pacemaker would have killed the last run.',
    'action',
    'depth',
  ),
  timestamp: gauge(
    'haha_resource_action_timestamp_seconds',
    'When the last run ended, in seconds since 1970.',
    'action',
    'depth',
  ),
  interval: gauge(
    'haha_resource_action_interval_seconds',
    'How often Pacemaker runs it; of recurring monitors only.',
    'action',
    'depth',
  ),
  runs: counter('haha_resource_actions_total', 'Runs since boot by exit code.', 'action', 'depth', 'code'),
  degradedReasons: gauge('haha_resource_degraded_reasons', 'How many reasons hold the resource at degraded.'),
  degraded: gauge(
    'haha_resource_degraded',
    '1 for each reason that holds the resource at degraded.',
    'reason',
  ),
  cures: gauge(
    'haha_resource_cure_steps',
    'Cures in place that were tried within 7 days since boot.',
    'cure',
  ),
} as const

/** A count that begins at one hides its first step from Prometheus, a start that never succeeded among them. */
const neverYet: readonly Sample[] = ['start', 'stop', 'monitor'].flatMap(action =>
  [ExitCode.success, ExitCode.generic].map(code =>
    sample(resourceMetrics.runs, 0, { action, depth: '0', code: String(code) }),
  ),
)

/** More reasons than this are told as one, `other`: each is a series of its own that Prometheus keeps. */
const mostReasons = 20

/** The whole file of a resource. */
export function resourceSamples(
  { active, runs }: ActionHistory,
  { degraded, cures }: Pick<State, 'degraded' | 'cures'>,
  own: readonly Sample[],
): readonly Sample[] {
  const samples: Sample[] = [...neverYet]
  if (active !== undefined) samples.push(sample(resourceMetrics.active, active, {}))
  for (const { action, depth, last, codes } of runs) {
    const which = { action, depth: String(depth) }
    if (last !== undefined) {
      samples.push(
        sample(resourceMetrics.result, last.code, which),
        sample(resourceMetrics.duration, last.durationMs / 1000, which),
        sample(resourceMetrics.timeout, last.timeoutMs / 1000, which),
        sample(resourceMetrics.timestamp, last.atMs / 1000, which),
      )
      if (last.intervalMs !== undefined)
        samples.push(sample(resourceMetrics.interval, last.intervalMs / 1000, which))
    }
    for (const [code, count] of Object.entries(codes))
      samples.push(sample(resourceMetrics.runs, count, { ...which, code }))
  }
  const reasons = Object.keys(degraded)
  samples.push(sample(resourceMetrics.degradedReasons, reasons.length, {}))
  for (const reason of bounded(reasons)) samples.push(sample(resourceMetrics.degraded, true, { reason }))
  const steps = new Map<string, number>()
  for (const { key } of cures) steps.set(key, (steps.get(key) ?? 0) + 1)
  for (const [cure, count] of steps) samples.push(sample(resourceMetrics.cures, count, { cure }))
  return [...samples, ...own]
}

function bounded(reasons: readonly string[]): readonly string[] {
  return reasons.length <= mostReasons ? reasons : [...reasons.slice(0, mostReasons), 'other']
}
