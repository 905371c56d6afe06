import { monotonicMs, pause } from '../../lib/host/clock.ts'
import { disarm, type Engine, startContainer } from '../../lib/net/docker-engine.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { ActionFailure, ExitCode } from '../../lib/ocf/exit-codes.ts'
import { oneLine } from '../../lib/ocf/exit-reason.ts'
import { type Compose, complaintOf, findCompose, workCompose } from './compose-command.ts'
import { answerMs } from './contact.ts'
import type { Container } from './containers.ts'
import { dataRoot, lastLogLines, listContainers } from './engine.ts'
import { lookAtStack } from './look.ts'
import type { Settings } from './parameters.ts'
import { type ExpectedService, expectationOf, saveRecord, servicesById } from './record.ts'
import { checkVolumes } from './volume-check.ts'

/**
 * Create, disarm, start, wait. Between `create` and `up` every restart policy is switched off, so there
 * is no moment in which a power cut would leave dockerd with a stack to bring up by itself.
 */
export async function startStack(action: Action<Settings>): Promise<void> {
  const { settings, deadline } = action
  const engine: Engine = { socketPath: settings.socketPath }
  const compose = await findCompose(action)
  if (compose === undefined)
    throw new ActionFailure(ExitCode.installed, 'docker compose is not installed on this node')
  const root = await engineReady(action, engine)

  deadline.waitFor('compose to create the containers')
  await compulsory(action, compose, ['up', '--no-start', ...upOptions(settings, compose)])
  const containers = await listContainers(engine, settings.project, answerMs)
  const own = containers.filter(container => !container.oneOff)
  await checkVolumes(engine, own, settings.localVolumes)
  for (const { id, service } of containers) {
    await action.work.ending(`switch off restart policy of ${service}`, () => disarm(engine, id, answerMs))
  }
  const services = expectationOf(own, settings.oneShots)
  const record = {
    project: settings.project,
    dataRoot: root,
    containers: servicesById(containers),
    services,
    restarts: {},
    failing: [],
  }
  saveRecord(action.recorded, record)

  const required = Object.keys(services).filter(service => !settings.optionalServices.includes(service))
  const all = required.length === Object.keys(services).length
  if (required.length > 0) {
    deadline.waitFor('compose to start the services')
    await compulsory(action, compose, [
      'up',
      '--detach',
      ...upOptions(settings, compose),
      ...(all ? [] : required),
    ])
  }
  if (!all) await startOptional(action, engine)
  await waitUntilRunning(action, engine, services)
}

type Services = Readonly<Record<string, ExpectedService>>

function upOptions(settings: Settings, compose: Compose): string[] {
  // v1 has no such option, takes it for a wish to see its usage, and exits 0.
  const pull = compose.major >= 2 ? ['--pull', settings.pull] : []
  return [...pull, '--no-build', '--remove-orphans']
}

async function compulsory(
  action: Action<Settings>,
  compose: Compose,
  args: readonly string[],
): Promise<void> {
  const result = await workCompose(action, compose, args)
  if (result.code !== 0) {
    throw new ActionFailure(ExitCode.generic, `compose ${args[0]} ${args[1]}: ${complaintOf(result)}`)
  }
}

/** Share of start's budget that an engine may take to come up after a boot. */
const engineShare = 0.3

async function engineReady(action: Action<Settings>, engine: Engine): Promise<string> {
  for (;;) {
    try {
      return (await dataRoot(engine, answerMs)) ?? '/var/lib/docker'
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      if (action.deadline.remainingOfShareMs(engineShare) === 0) {
        throw new ActionFailure(
          ExitCode.generic,
          `no usable Docker engine: ${reason}; see systemctl status docker`,
        )
      }
      action.deadline.waitFor(`the Docker engine: ${reason}`)
      await pause(500)
    }
  }
}

/** Optional services begin without being waited for, and without anybody waiting for them. */
async function startOptional(action: Action<Settings>, engine: Engine): Promise<void> {
  const containers = await listContainers(engine, action.settings.project, answerMs)
  for (const { id, service, state, oneOff } of containers) {
    if (
      oneOff ||
      !action.settings.optionalServices.includes(service) ||
      !['created', 'exited'].includes(state)
    )
      continue
    try {
      await action.work.request(`start of ${service}`, () => startContainer(engine, id, 20_000))
    } catch (cause) {
      action.report.warn(
        `optional service ${service} does not start: ${cause instanceof Error ? cause.message : String(cause)}`,
      )
    }
  }
}

/**
 * Waits for every required service. One that crashes meanwhile is started again as often as
 * local_restarts says, which is what its restart policy would have done.
 */
async function waitUntilRunning(action: Action<Settings>, engine: Engine, services: Services): Promise<void> {
  const again = new Map<string, number>()
  let runningSince: number | undefined
  for (;;) {
    const observation = await lookAtStack(action, { depth: 0, purpose: 'start' })
    if (observation.state === 'running' || observation.state === 'degraded') {
      runningSince ??= monotonicMs()
      if (monotonicMs() - runningSince >= (await steadyMs(action, engine, services))) return
      action.deadline.waitFor('services to stay up')
    } else {
      runningSince = undefined
      action.deadline.waitFor(observation.state === 'stopped' ? 'any service to run' : observation.reason)
      if (observation.state === 'stopped' || observation.state === 'failed')
        await startAgain(action, engine, services, again)
    }
    await pause(500)
  }
}

/** A process that cannot read its configuration is up for a moment before it ends. */
const momentMs = 2000

/** What has neither probe nor health check must stay up to count as started; what answered has proved itself. */
async function steadyMs(action: Action<Settings>, engine: Engine, services: Services): Promise<number> {
  const { probes, project } = action.settings
  const unwatched = (await listContainers(engine, project, answerMs)).some(
    ({ service, health, oneOff }) =>
      !oneOff &&
      health === 'none' &&
      services[service]?.oneShot === false &&
      !probes.some(probe => probe.service === service),
  )
  return unwatched ? momentMs : 0
}

async function startAgain(
  action: Action<Settings>,
  engine: Engine,
  services: Services,
  again: Map<string, number>,
): Promise<void> {
  const containers = await listContainers(engine, action.settings.project, answerMs)
  for (const container of containers.filter(candidate => endedBadly(candidate, services, action.settings))) {
    const { id, service } = container
    const count = again.get(service) ?? 0
    const reason = `service ${service} exited with code ${container.exitCode ?? 'unknown'}`
    if (count >= action.settings.localRestarts) {
      throw new ActionFailure(
        ExitCode.generic,
        `${reason}; its last words: ${await lastWords(engine, container)}`,
      )
    }
    again.set(service, count + 1)
    action.report.warn(`${reason}: started again (${count + 1} of ${action.settings.localRestarts})`)
    await pause(1000 * 2 ** count)
    await action.work.request(`start of ${service}`, () => startContainer(engine, id, 20_000))
  }
}

function endedBadly(
  { service, state, exitCode, oneOff }: Container,
  services: Services,
  settings: Settings,
): boolean {
  if (oneOff || state !== 'exited' || settings.optionalServices.includes(service)) return false
  return !(services[service]?.oneShot === true && exitCode === 0)
}

async function lastWords(engine: Engine, container: Container): Promise<string> {
  try {
    const lines = (await lastLogLines(engine, container.id, 5, answerMs)).trim().split('\n')
    return oneLine(lines.at(-1) ?? '', 90) || 'none'
  } catch {
    return 'unknown'
  }
}
