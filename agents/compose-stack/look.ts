import { disarm } from '../../lib/net/docker-engine.ts'
import type { Action, Cure, Glance, Observation } from '../../lib/ocf/agent.ts'
import { takeRequest, waitingRequests } from '../../lib/ocf/requests.ts'
import { type Assessment, assess, type BrokenService } from './assessment.ts'
import { answerMs, askOnce, askPatiently, type Contact } from './contact.ts'
import { type Container, isAlive } from './containers.ts'
import { restartContainer } from './engine.ts'
import type { Settings } from './parameters.ts'
import { liveContainers } from './process-truth.ts'
import { expectationOf, readRecord, rememberRecord, type StackRecord, servicesById } from './record.ts'

/** Looks at the stack through the engine, and through /proc where the engine says nothing. */
export async function lookAtStack(action: Action<Settings>, glance: Glance): Promise<Observation> {
  const record = readRecord(action.recorded, action.settings.project)
  let contact = await askOnce(action)
  if (contact.kind === 'silent') {
    const observation = await lookWithoutEngine(action, record, contact)
    // Nothing alive needs no engine to say so; what lives deserves that a restarting engine is waited for.
    if (observation.state === 'stopped' || glance.purpose === 'stop') return observation
    contact = await askPatiently(action)
    if (contact.kind === 'silent') return observation
  }
  return await lookAtContainers(action, glance, record, contact.containers)
}

type Silent = Extract<Contact, { kind: 'silent' }>

/** The kernel's truth: a project without processes is stopped, unless a hung engine may still start it. */
export async function lookWithoutEngine(
  action: Action<Settings>,
  record: StackRecord | undefined,
  contact: Silent,
): Promise<Observation> {
  const live = await liveContainers(action.settings.project, record)
  if (live.length > 0) {
    const services = [...new Set(live.map(container => container.service))].join(', ')
    return {
      state: 'failed',
      reason: `${contact.because}; ${live.length} containers live on without it: ${services}`,
    }
  }
  const queued = contact.daemon === undefined ? undefined : action.work.unfinished()[0]
  if (queued !== undefined)
    return { state: 'unknown', reason: `${contact.because}; '${queued.purpose}' may still be queued in it` }
  return { state: 'stopped' }
}

async function lookAtContainers(
  action: Action<Settings>,
  glance: Glance,
  known: StackRecord | undefined,
  containers: readonly Container[],
): Promise<Observation> {
  if (glance.purpose === 'stop') {
    const names = [...new Set(containers.map(container => container.service))].join(', ')
    return containers.length === 0
      ? { state: 'stopped' }
      : { state: 'failed', reason: `${containers.length} containers are left: ${names}` }
  }
  if (!containers.some(isAlive)) return { state: 'stopped' }
  if (known === undefined && glance.purpose === 'start') {
    return { state: 'starting', reason: 'containers that this resource did not start' }
  }
  const record = known ?? recordOf(action.settings, containers)
  if (glance.purpose === 'monitor') await disarmStrangers(action, record, containers)
  const found = await assess(action, glance, record, containers)
  if (glance.purpose === 'monitor') rememberFailing(action, found)
  return conclude(action, glance, found)
}

/** Without a record (a probe, a lost state file) the stack is what its containers say. */
function recordOf(settings: Settings, containers: readonly Container[]): StackRecord {
  const services = expectationOf(containers, settings.oneShots)
  return {
    project: settings.project,
    dataRoot: '/var/lib/docker',
    containers: {},
    services,
    restarts: {},
    failing: [],
  }
}

/** Somebody's hand-run `docker compose up` makes containers whose restart policy is armed. */
async function disarmStrangers(
  action: Action<Settings>,
  record: StackRecord,
  containers: readonly Container[],
): Promise<void> {
  const strangers = containers.filter(container => record.containers[container.id] === undefined)
  if (strangers.length === 0) return
  const engine = { socketPath: action.settings.socketPath }
  for (const { id, service } of strangers) {
    await action.work.ending(`switch off restart policy of ${service}`, () => disarm(engine, id, answerMs))
    action.report.warn(
      `container ${id.slice(0, 12)} of service ${service} was not made by this resource: its restart policy is switched off`,
    )
  }
  rememberRecord(action, { ...record, containers: servicesById(containers) })
}

/** A hung application leaves a running container behind: only a monitor knows whose log stop has to save. */
function rememberFailing(action: Action<Settings>, found: Assessment): void {
  const record = readRecord(action.recorded, action.settings.project)
  const failing = [...found.required, ...found.optional].map(({ service }) => service)
  if (record === undefined || record.failing.join() === failing.join()) return
  rememberRecord(action, { ...record, failing })
}

function conclude(action: Action<Settings>, glance: Glance, found: Assessment): Observation {
  const first = found.required[0]
  if (first !== undefined) {
    const others = found.required.slice(1).map(({ service }) => service)
    const reason = others.length === 0 ? first.reason : `${first.reason}; also broken: ${others.join(', ')}`
    // Several at once have one cause, and restarting each of them would not be it.
    const cure = others.length === 0 ? localRestart(action, first) : undefined
    return { state: 'failed', reason, ...(cure === undefined ? {} : { cure }) }
  }
  if (found.starting[0] !== undefined) return { state: 'starting', reason: found.starting[0] }
  const request = glance.purpose === 'monitor' ? requestedRestart(action) : undefined
  const faults = [
    ...found.optional.map(({ service, reason }) => ({
      key: `service_${service}`,
      reason: `${reason} (optional)`,
    })),
    ...found.faults,
    ...(request === undefined ? [] : [{ key: 'requested_restart', reason: request.purpose }]),
  ]
  if (faults.length === 0) return { state: 'running' }
  const optional = found.optional.find(({ curable }) => curable !== undefined)
  const cure = request ?? (optional === undefined ? undefined : optionalRestart(action, optional))
  return { state: 'degraded', faults, ...(cure === undefined ? {} : { cure }) }
}

function localRestart(action: Action<Settings>, broken: BrokenService): Cure | undefined {
  const { localRestarts, localRestartWindowMs, localRestartSettleMs } = action.settings
  if (broken.curable === undefined || localRestarts === 0) return undefined
  return {
    key: `restart ${broken.service}`,
    purpose: `restart of ${broken.service} in place`,
    limit: localRestarts,
    windowMs: localRestartWindowMs,
    settleMs: localRestartSettleMs,
    step: () => restartService(action, broken.service, broken.curable ?? ''),
  }
}

/** 1, 2, 5, then every 15 minutes. */
const backOffMs = [60_000, 120_000, 300_000, 900_000]

function optionalRestart(action: Action<Settings>, broken: BrokenService): Cure {
  return {
    key: `restart optional ${broken.service}`,
    purpose: `restart of optional ${broken.service}`,
    limit: 200,
    windowMs: 86_400_000,
    settleMs: backOffMs,
    step: () => restartService(action, broken.service, broken.curable ?? ''),
  }
}

/** What another agent asked for: one service alone, in place. */
function requestedRestart(action: Action<Settings>): Cure | undefined {
  const { agent, instance } = action.invocation
  const record = readRecord(action.recorded, action.settings.project)
  for (const request of waitingRequests(agent, instance)) {
    const id = Object.entries(record?.containers ?? {}).find(
      ([, service]) => service === request.subject,
    )?.[0]
    if (id !== undefined) {
      return {
        key: `requested restart ${request.subject}`,
        purpose: `restart of ${request.subject} as asked for: ${request.because}`,
        limit: 12,
        windowMs: 86_400_000,
        settleMs: 0,
        step: () => {
          takeRequest(request)
          return restartService(action, request.subject, id)
        },
      }
    }
    action.report.warn(
      `asked to restart ${request.subject}, which is no service of this stack: ${request.because}`,
    )
    takeRequest(request)
  }
  return undefined
}

async function restartService(action: Action<Settings>, service: string, id: string): Promise<void> {
  const limit = Math.min(25_000, action.deadline.remainingMs())
  const engine = { socketPath: action.settings.socketPath }
  await action.work.request(`restart of ${service}`, () => restartContainer(engine, id, limit))
}
