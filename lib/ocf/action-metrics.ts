import { metricsDirectory } from '../metrics/directory.ts'
import { expositionText } from '../metrics/exposition.ts'
import { gauge, type Sample, sample } from '../metrics/metric.ts'
import { handOver } from '../metrics/textfile.ts'
import type { Invocation } from './invocation.ts'
import type { Outcome } from './outcome.ts'

/** What is told of every action of every agent, besides `agent` and `resource`. */
export const actionMetrics = {
  duration: gauge(
    'haha_resource_action_duration_seconds',
    'How long the last run of an action took.',
    'action',
    'depth',
  ),
} as const

/** Tells how an action ended. Nothing here may change that. */
export async function tellAction(
  file: string,
  invocation: Invocation,
  _outcome: Outcome,
  elapsedMs: number,
): Promise<void> {
  const { agent, instance, action } = invocation
  const directory = metricsDirectory(file)
  if (directory === undefined) return
  const samples: Sample[] = [
    sample(actionMetrics.duration, elapsedMs / 1000, {
      action: invocation.isProbe ? 'probe' : action,
      depth: String(invocation.checkLevel),
    }),
  ]
  await handOver(
    directory,
    `haha_${agent}_${instance}`,
    expositionText(samples, { agent, resource: instance }),
  )
}
