import type { ActionAdvice } from '../../../lib/ocf/definition.ts'
import { durationText } from '../../../lib/ocf/duration.ts'
import type { Cib, Operation, Resource } from '../../pacemaker/cib.ts'
import type { Finding, Rule } from '../finding.ts'
import { monitorsOf, operationOf, timeoutCure, timeoutOf } from '../operation-timeouts.ts'

export const timeoutAdvised: Rule = {
  id: 'timeout-advised',
  about: 'An action of an agent of this package is given less time than the agent advises.',
  check({ cib, advice }) {
    if (cib === undefined) return []
    return cib.resources.flatMap(resource => {
      const [, provider, type = ''] = resource.agent.split(':')
      const advised = provider === 'haha' && Object.hasOwn(advice, type) ? (advice[type] ?? []) : []
      return [
        ...advised
          .filter(({ name }) => name === 'start' || name === 'stop')
          .flatMap(action => judged(cib, resource, operationOf(resource, action.name), action)),
        ...monitorsOf(resource).flatMap(monitor => {
          const action = advised.find(
            ({ name, depth = 0 }) => name === 'monitor' && depth === depthOf(monitor),
          )
          return action === undefined ? [] : judged(cib, resource, monitor, action)
        }),
      ]
    })
  },
}

/** An agent takes the next lower level for one it does not have. */
function depthOf({ checkLevel }: Operation): 0 | 10 | 20 {
  const level = Number(checkLevel ?? 0)
  if (level >= 20) return 20
  return level >= 10 ? 10 : 0
}

function judged(
  cib: Cib,
  resource: Resource,
  operation: Operation | undefined,
  { name, timeoutSeconds, depth }: ActionAdvice,
): readonly Finding[] {
  const { ms, said } = timeoutOf(cib, operation)
  if (ms >= timeoutSeconds * 1000) return []
  const what = name === 'monitor' ? `monitor at depth ${depth ?? 0}` : name
  return [
    {
      severity: name === 'monitor' ? 'notice' : 'warning',
      seen: `${what} of ${resource.id} has ${said}; its agent advises ${durationText(timeoutSeconds * 1000)}`,
      why: reasons[name] ?? 'It is killed at its time-out, and the reason that it would have given is lost.',
      ...timeoutCure(resource, name, operation, timeoutSeconds),
    },
  ]
}

const reasons: Readonly<Record<string, string>> = {
  start:
    'A slow service needs longer than usual on the day on which its node was lost. A start that is cut off counts as failed, and by default bans the node.',
  stop: 'A stop that runs into its time fences the node, and everything else on it goes down, too.',
}
