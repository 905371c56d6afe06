import type { Action } from '../../lib/ocf/agent.ts'
import {
  booleanAt,
  itemsAt,
  type JsonObject,
  numberAt,
  objectAt,
  stringAt,
  stringsOf,
} from '../../lib/ocf/json.ts'
import type { StateSection } from '../../lib/ocf/state-file.ts'
import type { Container } from './containers.ts'
import type { Settings } from './parameters.ts'

/** What the stack should be, as start left it. */
export interface ExpectedService {
  readonly replicas: number
  /** Runs once and is done when it exited with 0. */
  readonly oneShot: boolean
}

/** What start knew and later actions cannot find out when the engine or the files are gone. */
export interface StackRecord {
  readonly project: string
  readonly dataRoot: string
  /** Service by container id, for every container that start made or a monitor disarmed. */
  readonly containers: Readonly<Record<string, string>>
  readonly services: Readonly<Record<string, ExpectedService>>
  /** RestartCount by container id at the last look of depth 10. */
  readonly restarts: Readonly<Record<string, number>>
  /** Services that the last monitor found broken: stop saves what they said last. */
  readonly failing: readonly string[]
}

/** The record of this instance, undefined before the first start (or when it was made for another project). */
export function readRecord(section: StateSection, project: string): StackRecord | undefined {
  const json = section.read()
  if (stringAt(json, 'project') !== project) return undefined
  const services: Record<string, ExpectedService> = {}
  const recorded = objectAt(json, 'services') ?? {}
  for (const name of Object.keys(recorded)) {
    const service = objectAt(recorded, name)
    services[name] = {
      replicas: numberAt(service, 'replicas') ?? 1,
      oneShot: booleanAt(service, 'oneShot') ?? false,
    }
  }
  const restarts: Record<string, number> = {}
  for (const [id, count] of Object.entries(objectAt(json, 'restarts') ?? {})) {
    if (typeof count === 'number') restarts[id] = count
  }
  return {
    project,
    dataRoot: stringAt(json, 'dataRoot') ?? '/var/lib/docker',
    containers: stringsOf(objectAt(json, 'containers')),
    services,
    restarts,
    failing: itemsAt(json, 'failing').filter(item => typeof item === 'string'),
  }
}

export function saveRecord(section: StateSection, record: StackRecord): void {
  section.save(toJson(record))
}

/** Saves what a look found out; it is told, and the look goes on, where that cannot be written. */
export function rememberRecord({ recorded, report }: Action<Settings>, record: StackRecord): void {
  const unwritten = recorded.trySave(toJson(record))
  if (unwritten !== undefined) report.warn(`what was seen is not remembered: ${unwritten}`)
}

function toJson(record: StackRecord): JsonObject {
  const services: Record<string, JsonObject> = {}
  for (const [name, service] of Object.entries(record.services)) services[name] = { ...service }
  return { ...record, services }
}

/** What the containers that compose created say the stack should be. */
export function expectationOf(
  containers: readonly Container[],
  oneShots: readonly string[],
): Readonly<Record<string, ExpectedService>> {
  const own = containers.filter(container => !container.oneOff)
  const awaitedToComplete = new Set(
    own
      .flatMap(container =>
        container.dependsOn.filter(needed => needed.condition === 'service_completed_successfully'),
      )
      .map(needed => needed.service),
  )
  const services: Record<string, ExpectedService> = {}
  for (const { service } of own) {
    services[service] = {
      replicas: (services[service]?.replicas ?? 0) + 1,
      oneShot: oneShots.includes(service) || awaitedToComplete.has(service),
    }
  }
  return services
}

/** Container ids with their services, for the record. */
export function servicesById(containers: readonly Container[]): Readonly<Record<string, string>> {
  return Object.fromEntries(containers.map(container => [container.id, container.service]))
}
