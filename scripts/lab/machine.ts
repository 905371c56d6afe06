import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { identify, isSameProcess, type ProcessIdentity, parseIdentity, signal } from '../engine/processes.ts'
import { createGroup, removeGroup } from './cgroups.ts'
import { forgetNamespace, plugInNode, type SwitchName } from './network.ts'
import { type ClusterPlace, nodePlace } from './place.ts'
import type { NodeName } from './plan.ts'
import { releaseStuckStorage } from './stuck-storage.ts'

const BOOT_SCRIPT = join(import.meta.dirname, 'boot-node')
const PID1_WITHIN_MS = 10_000
/** A node's processes die in some hundred milliseconds, unless storage holds one of them. */
const STUCK_AFTER_MS = 1_000

/** How a node's pid 1 ended, as `unshare` hands it on. */
export type NodeEnd = 'reboot' | 'halt' | 'killed'

/** Host's process id of a node's pid 1. */
export function nodePid1(place: ClusterPlace, node: NodeName): ProcessIdentity | undefined {
  try {
    const known = parseIdentity(JSON.parse(readFileSync(nodePlace(place, node).pidFile, 'utf8')))
    return known && isSameProcess(known) ? known : undefined
  } catch {
    return undefined
  }
}

/**
 * Boots a node and returns once its pid 1 runs.
 *
 * @param ended called when that pid 1 is gone
 */
export async function bootNode(
  place: ClusterPlace,
  node: NodeName,
  lower: string,
  cut: ReadonlySet<SwitchName>,
  ended: (how: NodeEnd) => void,
): Promise<void> {
  const own = nodePlace(place, node)
  await removeGroup(own.cgroup)
  await createGroup(own.commands)
  await plugInNode(place, node, cut)
  const log = openSync(own.console, 'a')
  const disk = [lower, own.upper, own.work, own.root, own.docker, place.shared, own.cgroup]
  const namespaces = ['--mount', '--uts', '--ipc', '--pid', '--fork', '--kill-child=SIGKILL']
  // A controller that is killed takes its nodes with it.
  const launcher = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', 'nsenter', `--net=/run/netns/${own.netns}`, 'unshare', ...namespaces],
      ...[BOOT_SCRIPT, node, ...disk],
    ],
    { cwd: '/', stdio: ['ignore', log, log] },
  )
  closeSync(log)
  const pid1 = await firstProcess(launcher, node)
  await writeFile(own.pidFile, JSON.stringify(pid1))
  // The namespace lives on by its processes, and ends with them.
  await forgetNamespace(own.netns)
  launcher.once('exit', code => ended(endOf(code)))
}

/** Takes the power away: every process of the node is gone when this returns. */
export async function killNode(place: ClusterPlace, node: NodeName): Promise<void> {
  const pid1 = nodePid1(place, node)
  if (pid1 === undefined) return
  let patienceUntil = Date.now() + STUCK_AFTER_MS
  while (isSameProcess(pid1)) {
    signal(pid1, 'SIGKILL')
    await sleep(5)
    if (Date.now() < patienceUntil) continue
    await releaseStuckStorage(place, node)
    patienceUntil = Date.now() + STUCK_AFTER_MS
  }
}

/** reboot(2) in a pid namespace ends its pid 1 by SIGHUP for a restart, by SIGINT for a halt. */
function endOf(code: number | null): NodeEnd {
  if (code === 128 + 1) return 'reboot'
  return code === 128 + 2 ? 'halt' : 'killed'
}

/** nsenter and unshare each become the next program, so the launcher's only child is the node's pid 1. */
async function firstProcess(launcher: ChildProcess, node: NodeName): Promise<ProcessIdentity> {
  const end = Date.now() + PID1_WITHIN_MS
  while (Date.now() < end && launcher.exitCode === null && launcher.pid !== undefined) {
    const child = Number(read(`/proc/${launcher.pid}/task/${launcher.pid}/children`).trim())
    const found = child > 0 && isFirst(child) ? identify(child) : undefined
    if (found !== undefined) return found
    await sleep(5)
  }
  launcher.kill('SIGKILL')
  throw new Error(`node ${node} did not start`)
}

/** The last line a node that did not boot left; its own journal begins later. */
export const lastWord = (place: ClusterPlace, node: NodeName): string =>
  (read(nodePlace(place, node).console).trim().split('\n').at(-1) ?? '').slice(0, 120)

const isFirst = (pid: number): boolean => /^NSpid:.*\s1$/m.test(read(`/proc/${pid}/status`))

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
