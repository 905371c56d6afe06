import type { Action, DegradedReason, Glance } from '../../lib/ocf/agent.ts'
import type { Container } from './containers.ts'
import { deepFaults } from './deep-look.ts'
import type { Settings } from './parameters.ts'
import type { StackRecord } from './record.ts'
import { askService } from './service-probes.ts'
import { judge, type Verdict } from './verdict.ts'

/** A service that does not do what it should. */
export interface BrokenService {
  readonly service: string
  readonly reason: string
  /** Container that a restart in place could heal. */
  readonly curable: string | undefined
  readonly ended: boolean
}

/** Everything one look found out about the services. */
export interface Assessment {
  readonly required: readonly BrokenService[]
  readonly optional: readonly BrokenService[]
  /** Required services on their way, a reason each. */
  readonly starting: readonly string[]
  readonly faults: readonly DegradedReason[]
}

/** Judges every expected service by its containers and asks those that have a probe. */
export async function assess(
  action: Action<Settings>,
  glance: Glance,
  record: StackRecord,
  containers: readonly Container[],
): Promise<Assessment> {
  const { settings } = action
  const strictness = { unhealthyFails: settings.unhealthyFails, starting: glance.purpose === 'start' }
  const services = Object.entries(record.services)
  const verdicts = await Promise.all(
    services.map(async ([service, expected]) => {
      const verdict = judge(service, expected, containers, strictness)
      const asked = verdict.kind === 'fine' && !expected.oneShot
      return [service, asked ? await ask(action, glance, service, containers) : verdict] as const
    }),
  )
  const isOptional = (service: string) => settings.optionalServices.includes(service)
  const broken = verdicts.flatMap(([service, verdict]) =>
    verdict.kind === 'broken' ? [{ service, ...verdict }] : [],
  )
  return {
    required: broken.filter(({ service }) => !isOptional(service)),
    optional: broken.filter(({ service }) => isOptional(service)),
    starting: verdicts.flatMap(([service, verdict]) =>
      verdict.kind === 'starting' && !isOptional(service) ? [verdict.reason] : [],
    ),
    faults:
      glance.depth >= 10 && glance.purpose === 'monitor'
        ? await deepFaults(action, glance, record, containers)
        : [],
  }
}

async function ask(
  action: Action<Settings>,
  glance: Glance,
  service: string,
  containers: readonly Container[],
): Promise<Verdict> {
  const { settings } = action
  const container = containers.find(
    candidate => candidate.service === service && candidate.state === 'running',
  )
  for (const wanted of settings.probes) {
    if (wanted.service !== service) continue
    const limit = Math.min(settings.probeTimeoutMs, Math.max(100, action.deadline.remainingMs() / 3))
    const outcome = await askService(wanted, { socketPath: settings.socketPath }, container?.id, limit)
    if (glance.purpose === 'start') {
      if (!outcome.ok) return { kind: 'starting', reason: `service ${service} to answer: ${outcome.reason}` }
      continue
    }
    const damped = outcome.ok ? { ok: true, damped: false } : outcome
    const { counts, inARow } = action.countFailure(
      `${service}=${wanted.target.url}`,
      damped,
      settings.probeFailures,
    )
    if (outcome.ok) continue
    if (!counts) {
      action.report.info(
        `service ${service}: ${outcome.reason} (${inARow} of ${settings.probeFailures} in a row, not counted yet)`,
      )
      continue
    }
    const times = outcome.damped && inARow > 1 ? `, ${inARow} times in a row` : ''
    return {
      kind: 'broken',
      reason: `service ${service} is up but ${outcome.reason}${times}`,
      curable: container?.id,
      ended: false,
    }
  }
  return { kind: 'fine' }
}
