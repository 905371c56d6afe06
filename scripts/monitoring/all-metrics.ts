import { stackMetrics } from '../../agents/compose-stack/metrics.ts'
import { peripheralMetrics } from '../../agents/network-peripheral/metrics.ts'
import { storageMetrics } from '../../agents/nfs-ocfs2-export/metrics.ts'
import type { Metric } from '../../lib/metrics/metric.ts'
import { resourceMetrics } from '../../lib/ocf/action-samples.ts'
import { drillMetrics } from '../drill/metrics.ts'

/** Metrics that come from one place. */
export interface MetricGroup {
  readonly title: string
  readonly metrics: readonly Metric[]
  /** Labels that every series of the group has besides its own. */
  readonly common: readonly string[]
}

const ofAgents = ['agent', 'resource'] as const

/** Every metric of this package, in the order in which they are documented. */
export const metricGroups: readonly MetricGroup[] = [
  { title: 'Every resource', metrics: Object.values(resourceMetrics), common: ofAgents },
  { title: 'compose-stack', metrics: Object.values(stackMetrics), common: ofAgents },
  { title: 'network-peripheral', metrics: Object.values(peripheralMetrics), common: ofAgents },
  { title: 'nfs-ocfs2-export', metrics: Object.values(storageMetrics), common: ofAgents },
  { title: 'haha-drill', metrics: Object.values(drillMetrics), common: [] },
]
