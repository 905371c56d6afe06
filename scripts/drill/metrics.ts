import { expositionText } from '../../lib/metrics/exposition.ts'
import { gauge, type Metric, type Sample, sample } from '../../lib/metrics/metric.ts'
import type { DrillSummary } from './record.ts'

/** What haha-drill tells of the last drill of each kind and resource. */
export const drillMetrics = {
  lastRun: gauge(
    'haha_drill_last_run_timestamp_seconds',
    'When the last drill of the kind made its fault, in seconds since 1970.',
    'kind',
    'resource',
  ),
  success: gauge(
    'haha_drill_success',
    '1 when every service answered again and everything was taken back.',
    'kind',
    'resource',
  ),
  detection: gauge(
    'haha_drill_detection_seconds',
    'From the fault until the cluster knew.',
    'kind',
    'resource',
  ),
  fencing: gauge(
    'haha_drill_fencing_seconds',
    'From the request until the node counted as fenced.',
    'kind',
    'resource',
  ),
  takeOver: gauge(
    'haha_drill_take_over_seconds',
    'From the fault until the first resource began on the other node.',
    'kind',
    'resource',
  ),
  firstAnswer: gauge(
    'haha_drill_first_answer_seconds',
    'From the fault until the first service answered again.',
    'kind',
    'resource',
  ),
  outage: gauge(
    'haha_drill_outage_seconds',
    'How long a service gave no answer; +Inf when it gave none any more.',
    'kind',
    'resource',
    'service',
  ),
} as const

/** The text of haha_drill.prom: the last drill of each kind and resource. */
export function metricsText(drills: readonly DrillSummary[]): string {
  const last = new Map(drills.map(drill => [`${drill.kind} ${drill.resource}`, drill]))
  return expositionText([...last.values()].flatMap(samplesOf), {})
}

function samplesOf({ kind, resource, faultMs, ok, figures, outages }: DrillSummary): readonly Sample[] {
  const labels = { kind, resource }
  const figure = (metric: Metric<'kind' | 'resource'>, seconds: number | undefined) =>
    seconds === undefined ? [] : [sample(metric, seconds, labels)]
  return [
    sample(drillMetrics.lastRun, faultMs / 1000, labels),
    sample(drillMetrics.success, ok, labels),
    ...figure(drillMetrics.detection, figures.detection),
    ...figure(drillMetrics.fencing, figures.fencing),
    ...figure(drillMetrics.takeOver, figures.takeOver),
    ...figure(drillMetrics.firstAnswer, figures.firstAnswer),
    ...[...outages].map(([service, seconds]) => sample(drillMetrics.outage, seconds, { ...labels, service })),
  ]
}
