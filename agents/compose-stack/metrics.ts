import { gauge, type Sample, sample } from '../../lib/metrics/metric.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import type { Settings } from './parameters.ts'
import { readRecord } from './record.ts'

export const stackMetrics = {
  serviceUp: gauge(
    'haha_stack_service_up',
    '1 when the last monitor found the service working, one-shots that are done among them.',
    'service',
  ),
} as const

/** The services that start found, by what the last monitor said of them. */
export function samples({ recorded, settings }: Action<Settings>): readonly Sample[] {
  const record = readRecord(recorded, settings.project)
  return Object.keys(record?.services ?? {}).map(service =>
    sample(stackMetrics.serviceUp, record?.failing.includes(service) === false, { service }),
  )
}
