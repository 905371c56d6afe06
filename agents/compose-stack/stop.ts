import { mkdirSync } from 'node:fs'
import { pause } from '../../lib/host/clock.ts'
import { isSameProcess } from '../../lib/host/processes.ts'
import { writeAtomically } from '../../lib/host/small-file.ts'
import { type Engine, stopContainer } from '../../lib/net/docker-engine.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { answerMs, askOnce } from './contact.ts'
import { type Container, isAlive } from './containers.ts'
import { findContainerd, findDaemon, killDaemon } from './daemon.ts'
import { inspect, lastLogLines, listContainers, removeContainer, removeNetworks } from './engine.ts'
import type { Settings } from './parameters.ts'
import { killByCgroup, liveContainers } from './process-truth.ts'
import { readRecord } from './record.ts'

/** Where the last words of failed services are kept. */
const logFolder = '/var/log/haha-ocf'

/**
 * Stops the services in the order of their dependencies, each within its own grace period, and removes
 * containers and networks: what `compose down` does, by the engine's own labels, so that it needs no
 * compose, no readable file and no directory.
 */
export async function stopStack(action: Action<Settings>): Promise<void> {
  const { project, socketPath } = action.settings
  const engine: Engine = { socketPath }
  const contact = await askOnce(action)
  if (contact.kind === 'silent') {
    action.report.warn(`${contact.because}: stopping without it`)
    return
  }
  const interrupted = action.work.unfinished().length > 0
  await saveLastWords(action, engine, contact.containers)
  for (const level of stopOrder(contact.containers)) {
    action.deadline.waitFor(`services to end: ${level.map(container => container.service).join(', ')}`)
    await Promise.all(level.map(container => stopOne(action, engine, container)))
  }
  // What an interrupted start had asked for may only now be carried out: look until twice nothing new came.
  for (let quiet = 0; quiet < (interrupted ? 2 : 1); ) {
    const left = await listContainers(engine, project, answerMs)
    quiet = left.length === 0 ? quiet + 1 : 0
    await Promise.all(left.map(({ id, service }) => removed(action, engine, id, service)))
    if (left.length > 0 || (interrupted && quiet < 2)) await pause(500)
  }
  await removeNetworks(engine, project, answerMs)
}

async function stopOne(
  action: Action<Settings>,
  engine: Engine,
  { id, service, state }: Container,
): Promise<void> {
  if (['running', 'restarting', 'paused'].includes(state)) {
    const { stopTimeoutSeconds } = await inspect(engine, id, answerMs)
    // An engine that needs longer than the container's own grace does not get it ended any more.
    const limit = Math.min(stopTimeoutSeconds * 1000 + 2 * answerMs, action.deadline.remainingMs())
    await action.work.ending(`stop of ${service}`, () => stopContainer(engine, id, limit))
  }
  await removed(action, engine, id, service)
}

async function removed(action: Action<Settings>, engine: Engine, id: string, service: string): Promise<void> {
  await action.work.ending(`removal of ${service}`, () => removeContainer(engine, id, 2 * answerMs))
}

/** Services that others depend on end last. A circle, which compose would refuse, ends at once. */
export function stopOrder(containers: readonly Container[]): readonly (readonly Container[])[] {
  const levels: Container[][] = []
  let left = [...containers]
  while (left.length > 0) {
    const needed = new Set(left.flatMap(container => container.dependsOn.map(({ service }) => service)))
    const free = left.filter(container => !needed.has(container.service))
    const level = free.length === 0 ? left : free
    levels.push(level)
    left = left.filter(container => !level.includes(container))
  }
  return levels
}

/** Removing a container removes its log: what a failed service said last is kept. */
async function saveLastWords(
  action: Action<Settings>,
  engine: Engine,
  containers: readonly Container[],
): Promise<void> {
  if (!action.settings.saveLogs) return
  const failing = readRecord(action.recorded, action.settings.project)?.failing ?? []
  const failed = containers.filter(
    ({ service, state, health, exitCode }) =>
      failing.includes(service) ||
      health === 'unhealthy' ||
      ['restarting', 'dead'].includes(state) ||
      (state === 'exited' && exitCode !== 0),
  )
  for (const { id, service } of failed) {
    const path = `${logFolder}/${action.invocation.instance}-${service}.log`
    try {
      const lines = await lastLogLines(engine, id, 50, answerMs)
      mkdirSync(logFolder, { recursive: true, mode: 0o750 })
      writeAtomically(path, lines)
      action.report.info(`service ${service} had failed; its last 50 lines are in ${path}`)
    } catch (cause) {
      action.report.info(
        `last lines of ${service} are lost: ${cause instanceof Error ? cause.message : String(cause)}`,
      )
    }
  }
}

/**
 * Ends what is left: through the engine where it answers, otherwise by the containers' own cgroups. An
 * engine that hangs with a start queued in it would bring the stack up when it wakes: it is killed, and
 * its queue with it (systemd starts it again).
 */
export async function forceStopStack(action: Action<Settings>): Promise<void> {
  const { settings, report } = action
  const engine: Engine = { socketPath: settings.socketPath }
  const record = readRecord(action.recorded, settings.project)
  const contact = await askOnce(action, 2000)
  if (contact.kind === 'answered') {
    const ends = await Promise.allSettled(
      contact.containers.map(({ id, service }) => removed(action, engine, id, service)),
    )
    if (ends.every(end => end.status === 'fulfilled')) return
  }
  for (const container of await liveContainers(settings.project, record)) {
    report.warn(`ending service ${container.service} by its cgroup: ${container.pids.length} processes`)
    killByCgroup(container)
  }
  await pause(200)
  const daemon = findDaemon(settings.socketPath)
  const survivors = await liveContainers(settings.project, record)
  if (daemon === undefined || survivors.length > 0) return
  const queued = action.work.unfinished()[0]
  const listed = contact.kind === 'answered' && contact.containers.some(isAlive)
  if (queued === undefined && !listed) return
  report.error(
    `dockerd (pid ${daemon.pid}) hangs with '${queued?.purpose ?? 'dead containers'}': killed, systemd starts it again`,
  )
  const containerd = findContainerd(daemon)
  await killDaemon(daemon)
  if (containerd !== undefined && isSameProcess(containerd)) await killDaemon(containerd)
}
