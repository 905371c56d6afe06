import { monotonicMs } from '../../lib/host/clock.ts'
import { callEngine, type Engine, engineJson, tolerateGone } from '../../lib/net/docker-engine.ts'
import { HttpFailure } from '../../lib/net/http-failure.ts'
import { items, itemsAt, numberAt, objectAt, stringAt } from '../../lib/ocf/json.ts'
import { type Container, readContainers } from './containers.ts'

const projectLabel = 'com.docker.compose.project'

/** All containers of a project, in whatever state, `compose run` ones included. */
export async function listContainers(
  engine: Engine,
  project: string,
  timeoutMs: number,
): Promise<readonly Container[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${projectLabel}=${project}`] }))
  const reply = await callEngine(
    engine,
    'list containers',
    'GET',
    `/containers/json?all=1&filters=${filters}`,
    timeoutMs,
  )
  const json = engineJson(engine, reply)
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
  const json = engineJson(
    engine,
    await callEngine(engine, 'inspect a container', 'GET', `/containers/${id}/json`, timeoutMs),
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
  const reply = await callEngine(
    engine,
    'inspect a volume',
    'GET',
    `/volumes/${encodeURIComponent(name)}`,
    timeoutMs,
  )
  return stringAt(objectAt(engineJson(engine, reply), 'Options'), 'device') === undefined
}

/** The engine's data root, where container records lie when it does not answer any more. */
export async function dataRoot(engine: Engine, timeoutMs: number): Promise<string | undefined> {
  return stringAt(
    engineJson(engine, await callEngine(engine, 'tell about itself', 'GET', '/info', timeoutMs)),
    'DockerRootDir',
  )
}

export async function restartContainer(engine: Engine, id: string, timeoutMs: number): Promise<void> {
  await callEngine(engine, 'restart a container', 'POST', `/containers/${id}/restart?t=5`, timeoutMs)
}

/** Kills and removes; anonymous volumes stay, as with `compose down`. */
export async function removeContainer(engine: Engine, id: string, timeoutMs: number): Promise<void> {
  await tolerateGone(
    callEngine(engine, 'remove a container', 'DELETE', `/containers/${id}?force=1`, timeoutMs),
  )
}

/** Removes the project's networks; one that a stranger's container uses stays. */
export async function removeNetworks(engine: Engine, project: string, timeoutMs: number): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${projectLabel}=${project}`] }))
  const reply = await callEngine(engine, 'list networks', 'GET', `/networks?filters=${filters}`, timeoutMs)
  for (const network of items(engineJson(engine, reply))) {
    const id = stringAt(network, 'Id')
    if (id !== undefined)
      await tolerateGone(callEngine(engine, 'remove a network', 'DELETE', `/networks/${id}`, timeoutMs))
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
  const reply = await callEngine(engine, 'show logs', 'GET', path, timeoutMs)
  return withoutFrames(reply.bytes())
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
  const made = await callEngine(
    engine,
    'run a command in a container',
    'POST',
    `/containers/${id}/exec`,
    left(),
    wish,
  )
  const execId = stringAt(engineJson(engine, made), 'Id') ?? ''
  const look = async () =>
    engineJson(engine, await callEngine(engine, 'inspect', 'GET', `/exec/${execId}/json`, 2000))
  try {
    const output = await callEngine(
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
    return { exitCode: numberAt(await look(), 'ExitCode'), output: withoutFrames(output.bytes()) }
  } catch (cause) {
    // The engine leaves a command running when nobody reads it any more; they would pile up.
    const pid = numberAt(await look().catch(() => null), 'Pid') ?? 0
    if (pid > 1) process.kill(pid, 'SIGKILL')
    throw cause
  }
}
