import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import type { ExecOptions, ExecOutcome } from './cluster.ts'
import { nodePid1 } from './machine.ts'
import { type ClusterPlace, nodePlace } from './place.ts'
import type { NodeName } from './plan.ts'

const COMMAND_MS = 120_000
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  USER: 'root',
  LC_ALL: 'C.UTF-8',
}

/** First into the node's control group, so that whoever looks there sees the command too. */
const ENTER = 'echo 0 >"$0/cgroup.procs" && exec nsenter "$@"'

/**
 * Program and arguments of a command in all namespaces of a node.
 *
 * @throws when the node does not run
 */
export function enterNode(
  place: ClusterPlace,
  node: NodeName,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): readonly [string, readonly string[]] {
  const pid1 = nodePid1(place, node)
  if (pid1 === undefined) throw new Error(`node ${node} does not run: switch it on, or boot it`)
  const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup']
  const settings = Object.entries({ ...ENVIRONMENT, ...env }).map(([name, value]) => `${name}=${value}`)
  const enter = [`--target=${pid1.pid}`, ...namespaces, '--', '/usr/bin/env', '-i', ...settings, ...argv]
  return ['sh', ['-c', ENTER, nodePlace(place, node).commands, ...enter]]
}

export async function execInside(
  place: ClusterPlace,
  node: NodeName,
  argv: readonly string[],
  { input, timeoutMs = COMMAND_MS, env, onLine }: ExecOptions = {},
): Promise<ExecOutcome> {
  // Killed inside the node: a killed nsenter would leave its child running there.
  const limited = ['timeout', '--signal=KILL', String(timeoutMs / 1000), ...argv]
  const running = execa(...enterNode(place, node, limited, env), {
    cwd: '/',
    reject: false,
    input: input ?? '',
    timeout: timeoutMs + 5_000,
    killSignal: 'SIGKILL',
  })
  if (onLine !== undefined) createInterface({ input: running.stdout }).on('line', onLine)
  const { exitCode, stdout, stderr } = await running
  // By timeout or by its node: 128 + SIGKILL.
  return { exitCode: exitCode === undefined || exitCode === 137 ? -1 : exitCode, stdout, stderr }
}

const WRITE_FILE = 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1"'

/** Copies a file, or what is in a folder, of the host to a path in the node; a node that is off takes it too. */
export async function putInside(
  place: ClusterPlace,
  node: NodeName,
  from: string,
  to: string,
): Promise<void> {
  const runs = nodePid1(place, node) !== undefined
  const target = runs ? to : join(nodePlace(place, node).upper, to)
  const receive = (argv: readonly string[]): readonly [string, readonly string[]] =>
    runs ? enterNode(place, node, argv) : ['env', argv]
  const found = await stat(from)
  if (found.isDirectory()) {
    await execa(...receive(['mkdir', '-p', target]))
    const unpack = receive(['tar', '--no-same-owner', '-C', target, '-xf', '-'])
    await execa('tar', ['-C', from, '-cf', '-', '.'], { buffer: false }).pipe(...unpack)
    return
  }
  const mode = (found.mode & 0o777).toString(8)
  await execa(...receive(['sh', '-c', WRITE_FILE, 'put', target, mode]), { inputFile: from })
}
