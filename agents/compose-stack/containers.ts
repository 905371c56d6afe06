import { items, type Json, objectAt, stringAt, stringsOf } from '../../lib/ocf/json.ts'

export type ContainerState =
  | 'created'
  | 'running'
  | 'paused'
  | 'restarting'
  | 'removing'
  | 'exited'
  | 'dead'
  | 'unknown'

/** One container of a compose project, as the engine's list tells it. */
export interface Container {
  readonly id: string
  readonly service: string
  /** Made by `compose run`: not part of what the stack should be. */
  readonly oneOff: boolean
  readonly state: ContainerState
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy'
  /** Of an exited or restarting container. */
  readonly exitCode: number | undefined
  /** Services that it waits for, and what for (`service_healthy`, `service_completed_successfully`). */
  readonly dependsOn: readonly { readonly service: string; readonly condition: string }[]
}

const states: readonly ContainerState[] = [
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
]

/** Reads `GET /containers/json`; entries without the labels of compose are left out. */
export function readContainers(json: Json): readonly Container[] {
  return items(json).flatMap(item => {
    const labels = stringsOf(objectAt(item, 'Labels'))
    const id = stringAt(item, 'Id')
    const service = labels['com.docker.compose.service']
    if (id === undefined || service === undefined) return []
    const status = stringAt(item, 'Status') ?? ''
    const isUp = status.startsWith('Up')
    const exitCode = isUp ? undefined : /^(?:Exited|Restarting) \((-?\d+)\)/.exec(status)?.[1]
    return [
      {
        id,
        service,
        oneOff: (labels['com.docker.compose.oneoff'] ?? '').toLowerCase() === 'true',
        state: readState(stringAt(item, 'State')),
        health: readHealth(status),
        exitCode: exitCode === undefined ? undefined : Number(exitCode),
        dependsOn: readDependsOn(labels['com.docker.compose.depends_on'] ?? ''),
      },
    ]
  })
}

/** Whether the container has, or is about to have, processes. */
export function isAlive(container: Container): boolean {
  return ['running', 'paused', 'restarting', 'removing', 'unknown'].includes(container.state)
}

function readState(text: string | undefined): ContainerState {
  return states.find(state => state === text) ?? 'unknown'
}

/** The list has health only in its human text, alike from 20.10 to 28. */
function readHealth(status: string): Container['health'] {
  if (status.includes('(unhealthy)')) return 'unhealthy'
  if (status.includes('(health: starting)')) return 'starting'
  return status.includes('(healthy)') ? 'healthy' : 'none'
}

/** `broker:service_healthy:false,init:service_completed_successfully:false`; v1 has no such label. */
function readDependsOn(label: string): Container['dependsOn'] {
  return label.split(',').flatMap(entry => {
    const [service, condition] = entry.split(':')
    return service === undefined || service === ''
      ? []
      : [{ service, condition: condition ?? 'service_started' }]
  })
}
