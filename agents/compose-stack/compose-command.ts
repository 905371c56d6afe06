import { type CommandOptions, type CommandResult, findBinary } from '../../lib/host/command.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { oneLine } from '../../lib/ocf/exit-reason.ts'
import type { Settings } from './parameters.ts'

/** The compose that is installed. */
export interface Compose {
  /** Words before the options of compose: `docker compose` or `docker-compose`. */
  readonly command: readonly [string, ...string[]]
  readonly major: number
  readonly version: string
}

const versionMs = 10_000

/** Finds compose by its parsed version: v2 as plugin of docker or alone, v1 alone. */
export async function findCompose(action: Action<Settings>): Promise<Compose | undefined> {
  for (const command of [['docker', 'compose'], ['docker-compose']] as const) {
    if (findBinary(command[0]) === undefined) continue
    const [binary, ...before] = command
    const answer = await action.run(binary, [...before, 'version', '--short'], {
      timeoutMs: versionMs,
      env: environment(action),
    })
    const version = /^v?(\d+)\.\d+[^\s]*/m.exec(answer.stdout.trim())
    if (answer.code === 0 && version?.[1] !== undefined)
      return { command, major: Number(version[1]), version: version[0] }
  }
  return undefined
}

/** Options that every call has: the project by name, its directory and files, active profiles. */
function common(settings: Settings): string[] {
  return [
    ...['--project-name', settings.project],
    ...settings.files.flatMap(file => ['--file', file]),
    ...(settings.envFile === undefined ? [] : ['--env-file', settings.envFile]),
    ...settings.profiles.flatMap(profile => ['--profile', profile]),
  ]
}

/** Nothing is taken from whoever runs the agent but where docker finds its plugins. */
function environment(action: Action<Settings>): Record<string, string> {
  const configuration = process.env.DOCKER_CONFIG
  return {
    DOCKER_HOST: `unix://${action.settings.socketPath}`,
    HOME: '/root',
    COMPOSE_ANSI: 'never',
    ...(configuration === undefined ? {} : { DOCKER_CONFIG: configuration }),
  }
}

/** A shell, begun in `/`, enters the project's directory: it may hang there, the agent does not. */
const enter = 'cd -- "$1" && shift && exec "$@"'

function words(action: Action<Settings>, compose: Compose, args: readonly string[]): readonly string[] {
  return [
    '-c',
    enter,
    'compose',
    action.settings.directory,
    ...compose.command,
    ...common(action.settings),
    ...args,
  ]
}

/** Runs compose to find something out. */
export function askCompose(
  action: Action<Settings>,
  compose: Compose,
  args: readonly string[],
  timeoutMs: number,
): Promise<CommandResult> {
  return action.run('/bin/sh', words(action, compose, args), { timeoutMs, env: environment(action) })
}

/** Runs compose to change something: on record before it begins. */
export function workCompose(
  action: Action<Settings>,
  compose: Compose,
  args: readonly string[],
): Promise<CommandResult> {
  const options: Omit<CommandOptions, 'onSpawned'> = {
    timeoutMs: action.deadline.remainingMs(),
    env: environment(action),
  }
  return action.work.command(`compose ${args[0] ?? ''}`, '/bin/sh', words(action, compose, args), options)
}

/** The line of compose's own words that says what is wrong: the last one that is not progress. */
export function complaintOf(result: CommandResult): string {
  if (result.timedOut) return 'did not end in time'
  const lines = result.stderr
    .split('\n')
    .map(line => oneLine(line, 150))
    .filter(
      line =>
        line !== '' &&
        !/^(Container|Network|Volume|Image) .* (Creating|Created|Starting|Started|Running|Waiting|Healthy)$/.test(
          line,
        ),
    )
  return lines.at(-1) ?? `ended with ${result.code ?? result.signal ?? 'nothing'}`
}
