import { durationText } from '../../../lib/ocf/duration.ts'
import { roomySeconds } from '../../../lib/ocf/durations.ts'
import { instanceName } from '../../../lib/ocf/instance-name.ts'
import type { ActionResult, Cib, Operation, Resource } from '../../pacemaker/cib.ts'
import type { Finding, Rule } from '../finding.ts'
import type { Observation } from '../observation.ts'
import { monitorsOf, operationOf, timeoutCure, timeoutOf } from '../operation-timeouts.ts'

/** Beyond this share of its time an action is close to being killed; the agents warn at the same. */
const tightShare = 0.7

export const timeoutMeasured: Rule = {
  id: 'timeout-measured',
  about: 'An action has taken more than 70 % of the time that it is given, on some node.',
  check(seen) {
    const { cib } = seen
    if (cib === undefined) return []
    return cib.resources.flatMap(resource => [
      ...['start', 'stop'].flatMap(action =>
        judged(cib, resource, action, operationOf(resource, action), seen),
      ),
      ...monitorsOf(resource).flatMap(operation => judged(cib, resource, 'monitor', operation, seen)),
    ])
  },
}

function judged(
  cib: Cib,
  resource: Resource,
  action: string,
  operation: Operation | undefined,
  seen: Observation,
): readonly Finding[] {
  const { ms, said } = timeoutOf(cib, operation)
  const longest = measured(seen, resource, action, operation?.intervalMs ?? 0, ms)
  if (longest === undefined || longest.tookMs <= ms * tightShare) return []
  const seconds = roomySeconds(longest.tookMs)
  return [
    {
      severity: action === 'stop' && longest.tookMs >= ms ? 'critical' : 'warning',
      seen: `${action} of ${resource.id} took ${(longest.tookMs / 1000).toFixed(1)} s on ${longest.where}, and is given ${said}`,
      why:
        action === 'stop'
          ? 'A stop that runs into its time fences the node, and everything else on it goes down, too.'
          : `An ${action === 'start' ? 'action' : 'answer'} that is a little slower next time counts as failed, and the resource is moved or restarted. Twice what was measured is ${durationText(seconds * 1000)}.`,
      ...timeoutCure(resource, action, operation, seconds),
    },
  ]
}

/** The longest of what each node keeps in the CIB, and of what our agents recorded on this node since boot. */
function measured(
  { cib, durations, node }: Observation,
  resource: Resource,
  action: string,
  intervalMs: number,
  timeoutMs: number,
) {
  // A device that fails is tried twice, so that its time is no measure, unless it was cut off.
  const isTwoTries = ({ code, tookMs }: ActionResult) =>
    resource.agent.startsWith('stonith:') && code !== 0 && tookMs < timeoutMs
  const told = (cib?.results ?? [])
    .filter(result => plain(result.resource) === resource.id && result.action === action)
    .filter(result => result.intervalMs === intervalMs && !isTwoTries(result))
    .map(({ tookMs, node: where }) => ({ tookMs, where }))
  // The record keeps one figure for all monitors, so it says nothing of one of them.
  const recorded = action === 'monitor' ? [] : durations
  const own = `${resource.agent.split(':')[2]}-${instanceName(resource.id)}`
  const kept = recorded
    .filter(({ name, action: what }) => what === action && (name === own || name.startsWith(`${own}:`)))
    .map(({ longestMs }) => ({ tookMs: longestMs, where: node ?? 'this node' }))
  return [...told, ...kept].sort((one, other) => other.tookMs - one.tookMs)[0]
}

/** Copies of a clone are `id:0`, `id:1`. */
function plain(id: string): string {
  return id.replace(/:\d+$/, '')
}
