import { disarm } from '../../lib/net/docker-engine.ts'
import type { Action, DegradedReason, Glance } from '../../lib/ocf/agent.ts'
import { oneLine } from '../../lib/ocf/exit-reason.ts'
import { answerMs } from './contact.ts'
import { type Container, isAlive } from './containers.ts'
import { inspect } from './engine.ts'
import type { Settings } from './parameters.ts'
import { rememberRecord, type StackRecord } from './record.ts'

/**
 * What only inspect tells: restarts by dockerd, a process killed for want of memory, a restart policy
 * that somebody armed again (switched off at once), and from depth 20 the health checks' own words.
 */
export async function deepFaults(
  action: Action<Settings>,
  glance: Glance,
  record: StackRecord,
  containers: readonly Container[],
): Promise<readonly DegradedReason[]> {
  const engine = { socketPath: action.settings.socketPath }
  const faults: DegradedReason[] = []
  const restarts: Record<string, number> = {}
  const live = containers.filter(container => isAlive(container) && !container.oneOff)
  await Promise.all(
    live.map(async ({ id, service }) => {
      const seen = await inspect(engine, id, answerMs)
      restarts[id] = seen.restartCount
      const more = seen.restartCount - (record.restarts[id] ?? 0)
      if (more > 0)
        faults.push({
          key: `restarts_${service}`,
          reason: `dockerd restarted service ${service} ${more} times since the last look`,
        })
      if (seen.oomKilled)
        faults.push({
          key: `oom_${service}`,
          reason: `service ${service} had a process killed for want of memory: raise its limit`,
        })
      if (!['', 'no'].includes(seen.restartPolicy)) {
        await action.work.ending(`switch off restart policy of ${service}`, () =>
          disarm(engine, id, answerMs),
        )
        action.report.warn(
          `service ${service} had restart policy ${seen.restartPolicy}, switched off: after a fence two nodes would run it`,
        )
      }
      if (glance.depth >= 20 && (seen.healthExitCode ?? 0) !== 0) {
        const words = oneLine(seen.healthOutput, 100)
        faults.push({
          key: `health_${service}`,
          reason: `health check of ${service} says (${seen.healthExitCode}): ${words}`,
        })
      }
    }),
  )
  if (Object.entries(restarts).some(([id, count]) => record.restarts[id] !== count))
    rememberRecord(action, { ...record, restarts })
  return faults
}
