import { monotonicMs } from '../../lib/host/clock.ts'
import { httpRequest } from '../../lib/net/http.ts'
import { HttpFailure } from '../../lib/net/http-failure.ts'
import { items, itemsAt, type Json, numberAt, objectAt, parseJson, stringAt } from '../../lib/ocf/json.ts'
import { type Container, readContainers } from './containers.ts'

/** A Docker engine, reached by its unix socket; paths carry no API version, so the engine uses its own newest. */
export interface Engine {
  readonly socketPath: string
}

/** The engine answered, but not what was asked for. */
export class EngineRefusal extends Error {
  readonly status: number

  constructor(what: string, status: number, detail: string) {
    super(`dockerd refused to ${what}: ${detail === '' ? `HTTP ${status}` : detail}`)
    this.name = 'EngineRefusal'
    this.status = status
  }
}

/** @throws HttpFailure when the engine does not answer, EngineRefusal when it answers with an error */
async function call(
  engine: Engine,
  what: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  timeoutMs: number,
  content?: Json,
): Promise<Buffer> {
  const reply = await httpRequest(engine, {
    method,
    path,
    timeoutMs,
    maxBytes: 16 * 1024 * 1024,
    ...(content === undefined
      ? {}
      : { body: JSON.stringify(content), headers: { 'Content-Type': 'application/json' } }),
  })
  if (reply.status >= 400) {
    const message = stringAt(parseJson(reply.body.toString('utf8')), 'message')
    throw new EngineRefusal(what, reply.status, message ?? '')
  }
  return reply.body
}

function jsonBody(engine: Engine, body: Buffer): Json {
  const json = parseJson(body.toString('utf8'))
  if (json === undefined)
    throw new HttpFailure('broken', `${engine.socketPath} gave an answer that is not JSON`)
  return json
}

const projectLabel = 'com.docker.compose.project'

/** All containers of a project, in whatever state, `compose run` ones included. */
export async function listContainers(
  engine: Engine,
  project: string,
  timeoutMs: number,
): Promise<readonly Container[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${projectLabel}=${project}`] }))
  const body = await call(
    engine,
    'list containers',
    'GET',
    `/containers/json?all=1&filters=${filters}`,
    timeoutMs,
  )
  const json = jsonBody(engine, body)
  if (!Array.isArray(json))
    throw new HttpFailure('broken', `${engine.socketPath} gave an answer that is no list`)
  return readContainers(json)
}

/** What only inspect tells. */
export interface Inspection {
  readonly restartPolicy: string
  readonly restartCount: number
  readonly oomKilled: boolean
  readonly image: string
  /** Own text of the last health check, and its exit code. */
  readonly healthOutput: string
  readonly healthExitCode: number | undefined
  readonly stopTimeoutSeconds: number
  readonly mounts: readonly MountedVolume[]
}

export interface MountedVolume {
  readonly type: string
  /** Path on the host of a bind mount. */
  readonly source: string
  /** Name of a volume; anonymous ones have 64 hexadecimal digits. */
  readonly name: string
  readonly driver: string
  readonly destination: string
  readonly writable: boolean
}

export async function inspect(engine: Engine, id: string, timeoutMs: number): Promise<Inspection> {
  const json = jsonBody(
    engine,
    await call(engine, 'inspect a container', 'GET', `/containers/${id}/json`, timeoutMs),
  )
  const hostConfig = objectAt(json, 'HostConfig')
  const health = itemsAt(objectAt(objectAt(json, 'State'), 'Health'), 'Log').at(-1)
  return {
    restartPolicy: stringAt(objectAt(hostConfig, 'RestartPolicy'), 'Name') ?? '',
    restartCount: numberAt(json, 'RestartCount') ?? 0,
    oomKilled: objectAt(json, 'State')?.OOMKilled === true,
    image: stringAt(objectAt(json, 'Config'), 'Image') ?? '',
    healthOutput: stringAt(health, 'Output') ?? '',
    healthExitCode: numberAt(health, 'ExitCode'),
    stopTimeoutSeconds: numberAt(objectAt(json, 'Config'), 'StopTimeout') ?? 10,
    mounts: itemsAt(json, 'Mounts').map(mount => ({
      type: stringAt(mount, 'Type') ?? '',
      source: stringAt(mount, 'Source') ?? '',
      name: stringAt(mount, 'Name') ?? '',
      driver: stringAt(mount, 'Driver') ?? '',
      destination: stringAt(mount, 'Destination') ?? '',
      writable: objectAt({ mount }, 'mount')?.RW !== false,
    })),
  }
}

/** Whether a volume of the local driver really is a folder of this node: its options may name NFS or a path. */
export async function isNodeLocalVolume(engine: Engine, name: string, timeoutMs: number): Promise<boolean> {
  const body = await call(
    engine,
    'inspect a volume',
    'GET',
    `/volumes/${encodeURIComponent(name)}`,
    timeoutMs,
  )
  return stringAt(objectAt(jsonBody(engine, body), 'Options'), 'device') === undefined
}

/** The engine's data root, where container records lie when it does not answer any more. */
export async function dataRoot(engine: Engine, timeoutMs: number): Promise<string | undefined> {
  return stringAt(
    jsonBody(engine, await call(engine, 'tell about itself', 'GET', '/info', timeoutMs)),
    'DockerRootDir',
  )
}

/** Whether dockerd would start the container again by itself; it must not: after a fence two nodes would run it. */
export async function disarm(engine: Engine, id: string, timeoutMs: number): Promise<void> {
  const policy = { RestartPolicy: { Name: 'no' } }
  await call(engine, 'set a restart policy', 'POST', `/containers/${id}/update`, timeoutMs, policy)
}

/** Starts a container that is created or exited; one that runs already is fine (304). */
export async function startContainer(engine: Engine, id: string, timeoutMs: number): Promise<void> {
  await call(engine, 'start a container', 'POST', `/containers/${id}/start`, timeoutMs)
}

export async function restartContainer(engine: Engine, id: string, timeoutMs: number): Promise<void> {
  await call(engine, 'restart a container', 'POST', `/containers/${id}/restart?t=5`, timeoutMs)
}

/** Graceful: the container's own stop signal, then SIGKILL after its own grace period. */
export async function stopContainer(engine: Engine, id: string, timeoutMs: number): Promise<void> {
  await tolerateGone(call(engine, 'stop a container', 'POST', `/containers/${id}/stop`, timeoutMs))
}

/** Kills and removes; anonymous volumes stay, as with `compose down`. */
export async function removeContainer(engine: Engine, id: string, timeoutMs: number): Promise<void> {
  await tolerateGone(call(engine, 'remove a container', 'DELETE', `/containers/${id}?force=1`, timeoutMs))
}

/** Removes the project's networks; one that a stranger's container uses stays. */
export async function removeNetworks(engine: Engine, project: string, timeoutMs: number): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${projectLabel}=${project}`] }))
  const body = await call(engine, 'list networks', 'GET', `/networks?filters=${filters}`, timeoutMs)
  for (const network of items(jsonBody(engine, body))) {
    const id = stringAt(network, 'Id')
    if (id !== undefined)
      await tolerateGone(call(engine, 'remove a network', 'DELETE', `/networks/${id}`, timeoutMs))
  }
}

/** The last lines a container printed, stdout and stderr as they came. */
export async function lastLogLines(
  engine: Engine,
  id: string,
  lines: number,
  timeoutMs: number,
): Promise<string> {
  const path = `/containers/${id}/logs?stdout=1&stderr=1&tail=${lines}`
  return withoutFrames(await call(engine, 'show logs', 'GET', path, timeoutMs))
}

/** Without a terminal each piece comes with a header of 8 bytes: stream, 0, 0, 0, length. */
export function withoutFrames(raw: Buffer): string {
  const parts: Buffer[] = []
  let at = 0
  while (at + 8 <= raw.length) {
    const stream = raw[at] ?? 255
    if (stream > 2 || raw.readUIntBE(at + 1, 3) !== 0) return raw.toString('utf8')
    const end = at + 8 + raw.readUInt32BE(at + 4)
    parts.push(raw.subarray(at + 8, end))
    at = end
  }
  return Buffer.concat(parts).toString('utf8')
}

/** Runs a command inside a container. @returns its exit code and what it printed */
export async function execute(
  engine: Engine,
  id: string,
  command: readonly string[],
  timeoutMs: number,
): Promise<{ readonly exitCode: number | undefined; readonly output: string }> {
  const end = monotonicMs() + timeoutMs
  const left = () => Math.max(1, end - monotonicMs())
  const wish = { AttachStdout: true, AttachStderr: true, Cmd: [...command] }
  const made = await call(
    engine,
    'run a command in a container',
    'POST',
    `/containers/${id}/exec`,
    left(),
    wish,
  )
  const execId = stringAt(jsonBody(engine, made), 'Id') ?? ''
  const look = async () =>
    jsonBody(engine, await call(engine, 'inspect', 'GET', `/exec/${execId}/json`, 2000))
  try {
    const output = await call(
      engine,
      'run a command in a container',
      'POST',
      `/exec/${execId}/start`,
      left(),
      {
        Detach: false,
        Tty: false,
      },
    )
    return { exitCode: numberAt(await look(), 'ExitCode'), output: withoutFrames(output) }
  } catch (cause) {
    // The engine leaves a command running when nobody reads it any more; they would pile up.
    const pid = numberAt(await look().catch(() => null), 'Pid') ?? 0
    if (pid > 1) process.kill(pid, 'SIGKILL')
    throw cause
  }
}

/** What is gone already (404), stopped already (304 is no error) or being removed (409) is as it should be. */
async function tolerateGone(request: Promise<unknown>): Promise<void> {
  try {
    await request
  } catch (cause) {
    if (!(cause instanceof EngineRefusal && [403, 404, 409].includes(cause.status))) throw cause
  }
}
