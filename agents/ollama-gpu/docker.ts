import { endProcess } from '../../lib/host/end-process.ts'
import { isSameProcess, kernelText, processIds, processStartTime } from '../../lib/host/processes.ts'
import {
  callEngine,
  disarm,
  EngineRefusal,
  engineJson,
  startContainer,
  stopContainer,
} from '../../lib/net/docker-engine.ts'
import { HttpFailure } from '../../lib/net/http-failure.ts'
import type { Action, Problem } from '../../lib/ocf/agent.ts'
import { ActionFailure, ExitCode } from '../../lib/ocf/exit-codes.ts'
import { numberAt, objectAt, stringAt } from '../../lib/ocf/json.ts'
import type { Found, Keeper } from './keeper.ts'
import type { Settings } from './parameters.ts'
import { changeRecord, readRecord } from './record.ts'

const answerMs = 5000
const stopMs = 30_000

/** A container that exists already; dockerd starts and stops it, and never by itself. */
export const docker: Keeper = { find, check, begin, end, kill }

interface Container {
  readonly id: string
  readonly pid: number
  readonly restartPolicy: string
}

/** Undefined when there is no such container. @throws HttpFailure, EngineRefusal */
async function inspect({ settings }: Action<Settings>): Promise<Container | undefined> {
  const engine = { socketPath: settings.socketPath }
  try {
    const path = `/containers/${settings.container}/json`
    const json = engineJson(engine, await callEngine(engine, 'inspect a container', 'GET', path, answerMs))
    return {
      id: stringAt(json, 'Id') ?? '',
      pid: numberAt(objectAt(json, 'State'), 'Pid') ?? 0,
      restartPolicy: stringAt(objectAt(objectAt(json, 'HostConfig'), 'RestartPolicy'), 'Name') ?? '',
    }
  } catch (cause) {
    if (cause instanceof EngineRefusal && cause.status === 404) return undefined
    throw cause
  }
}

async function find(action: Action<Settings>): Promise<Found> {
  const { main } = readRecord(action.recorded)
  // The first process of the container: while it lives the engine need not be asked, and may be dead.
  if (main !== undefined && isSameProcess(main)) return { kind: 'up', main }
  const sleeps = !processIds().some(pid => kernelText(`/proc/${pid}/comm`) === 'dockerd\n')
  // Asking would start an engine that is activated by its socket; without one no container lives on.
  if (sleeps && main === undefined) return { kind: 'down', left: [] }
  try {
    const pid = (await inspect(action))?.pid ?? 0
    const startTime = pid > 1 ? processStartTime(pid) : undefined
    return startTime === undefined ? { kind: 'down', left: [] } : { kind: 'up', main: { pid, startTime } }
  } catch (cause) {
    if (!(cause instanceof HttpFailure || cause instanceof EngineRefusal)) throw cause
    // When the first process of a container dies, the kernel ends all others in it.
    if (main !== undefined) return { kind: 'down', left: [] }
    return { kind: 'unknown', reason: `dockerd: ${cause.message}` }
  }
}

async function check(action: Action<Settings>): Promise<readonly Problem[]> {
  const { container } = action.settings
  try {
    if ((await inspect(action)) !== undefined) return []
    const text = `container ${container} does not exist on this node: docker create it, with --gpus all`
    return [{ kind: 'software', text }]
  } catch (cause) {
    if (!(cause instanceof HttpFailure || cause instanceof EngineRefusal)) throw cause
    return [
      { kind: 'passing', text: `no usable Docker engine: ${cause.message}; see systemctl status docker` },
    ]
  }
}

async function begin(action: Action<Settings>): Promise<void> {
  const engine = { socketPath: action.settings.socketPath }
  const container = await inspect(action)
  if (container === undefined)
    throw new ActionFailure(
      ExitCode.installed,
      `container ${action.settings.container} is gone from this node`,
    )
  const { id, restartPolicy } = container
  if (!['', 'no'].includes(restartPolicy)) {
    await action.work.ending('switch off its restart policy', () => disarm(engine, id, answerMs))
    action.report.warn(`the container had restart policy ${restartPolicy}, switched off: it fights Pacemaker`)
  }
  await action.work.request('start of the container', () =>
    startContainer(engine, id, action.deadline.remainingMs()),
  )
  const pid = (await inspect(action))?.pid ?? 0
  const startTime = pid > 1 ? processStartTime(pid) : undefined
  changeRecord(action.recorded, {
    main: startTime === undefined ? undefined : { pid, startTime },
  })
}

async function end(action: Action<Settings>): Promise<void> {
  const engine = { socketPath: action.settings.socketPath }
  const { container } = action.settings
  await action.work.ending('stop of the container', () => stopContainer(engine, container, stopMs))
}

/** Its first process takes all others with it, whatever dockerd does. */
async function kill(action: Action<Settings>): Promise<void> {
  const found = await find(action)
  if (found.kind === 'up') await endProcess(found.main, { graceMs: 0 })
}
