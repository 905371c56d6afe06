import { readFileSync } from 'node:fs'
import { CommandMissing } from '../../../lib/host/command.ts'
import { askedOf, LookFailure, NoAnswer } from '../ask.ts'

/** Times and votes of the membership layer. */
export interface Corosync {
  /** Until a silent node counts as lost, with what corosync adds for each node beyond the second. */
  readonly tokenMs: number
  readonly consensusMs: number
  readonly nodes: readonly CorosyncNode[]
  readonly twoNode: boolean
  /** Undefined when not set: on with two_node. */
  readonly waitForAll: boolean | undefined
  /** Model of the quorum device, `net`. */
  readonly device: string | undefined
  /** What each link to each peer carries in one packet, as knet measured it. Empty from a file. */
  readonly paths: readonly KnetPath[]
}

export interface CorosyncNode {
  readonly id: string
  readonly name: string
  readonly addresses: readonly string[]
}

export interface KnetPath {
  readonly nodeId: string
  readonly link: string
  readonly connected: boolean
  /** Bytes of payload; knet's own headers and its encryption are off already. */
  readonly mtu: number
}

const file = '/etc/corosync/corosync.conf'

/** Undocumented defaults of corosync 3.1 (corosync.conf(5)). */
const usualTokenMs = 3000
const usualCoefficientMs = 650

/**
 * Asks the running corosync, and its file where none runs. Undefined where there is neither.
 * @throws NoAnswer when it hangs, LookFailure when its file cannot be read either
 */
export async function lookAtCorosync(timeoutMs: number): Promise<Corosync | undefined> {
  try {
    const [settings, statistics] = await Promise.all([
      askedOf('corosync-cmapctl', [], timeoutMs),
      askedOf('corosync-cmapctl', ['-m', 'stats'], timeoutMs).catch(() => ''),
    ])
    return corosyncOf(readCmap(settings), readCmap(statistics))
  } catch (cause) {
    // Seen with an MTU that the switch does not carry: corosync hangs, and everything that asks it.
    if (cause instanceof NoAnswer) throw cause
    try {
      return corosyncOf(readConfiguration(readFileSync(file, 'utf8')), new Map())
    } catch (fault) {
      if (cause instanceof CommandMissing && isAbsence(fault)) return undefined
      throw new LookFailure(`${reason(cause)}; ${reason(fault)}`)
    }
  }
}

/** `key (type) = value`, a line each. */
export function readCmap(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/^([\w.-]+) \(\w+\) = (.*)$/gm)].map(([, key = '', value = '']) => [key, value]),
  )
}

/** corosync.conf under the names that its running self uses: `nodelist.node.0.ring0_addr`. */
export function readConfiguration(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  const open: string[] = []
  let nodes = 0
  for (const raw of text.split('\n')) {
    const line = raw.replace(/#.*/, '').trim()
    const section = /^(\w+)\s*\{$/.exec(line)?.[1]
    const [, key, value] = /^([\w.]+)\s*:\s*(.*)$/.exec(line) ?? []
    if (section === 'node') open.push(`node.${nodes++}`)
    else if (section !== undefined) open.push(section)
    else if (line === '}') open.pop()
    else if (key !== undefined && value !== undefined) values.set([...open, key].join('.'), value)
  }
  return values
}

export function corosyncOf(
  settings: ReadonlyMap<string, string>,
  statistics: ReadonlyMap<string, string>,
): Corosync {
  const nodes = nodesOf(settings)
  const number = (key: string) => {
    const value = settings.get(key)
    return value === undefined || !/^\d{1,9}$/.test(value) ? undefined : Number(value)
  }
  const configured = number('totem.token') ?? usualTokenMs
  const more = Math.max(0, nodes.length - 2) * (number('totem.token_coefficient') ?? usualCoefficientMs)
  const tokenMs = number('runtime.config.totem.token') ?? configured + more
  const waitForAll = number('quorum.wait_for_all')
  return {
    tokenMs,
    consensusMs:
      number('runtime.config.totem.consensus') ?? number('totem.consensus') ?? Math.round(tokenMs * 1.2),
    nodes,
    twoNode: number('quorum.two_node') === 1,
    waitForAll: waitForAll === undefined ? undefined : waitForAll === 1,
    device: settings.get('quorum.device.model'),
    paths: pathsOf(statistics),
  }
}

function nodesOf(settings: ReadonlyMap<string, string>): readonly CorosyncNode[] {
  const found = new Map<string, { id: string; name: string; addresses: string[] }>()
  for (const [key, value] of settings) {
    const [, at, what = ''] = /^nodelist\.node\.(\d+)\.(\w+)$/.exec(key) ?? []
    if (at === undefined) continue
    const node = found.get(at) ?? { id: '', name: '', addresses: [] }
    found.set(at, node)
    if (what === 'nodeid') node.id = value
    else if (what === 'name') node.name = value
    else if (/^ring\d_addr$/.test(what)) node.addresses.push(value)
  }
  return [...found.values()]
}

function pathsOf(statistics: ReadonlyMap<string, string>): readonly KnetPath[] {
  const paths: KnetPath[] = []
  for (const [key, value] of statistics) {
    const [, nodeId, link] = /^stats\.knet\.node(\d+)\.link(\d+)\.mtu$/.exec(key) ?? []
    if (nodeId === undefined || link === undefined) continue
    const connected = statistics.get(`stats.knet.node${nodeId}.link${link}.connected`) === '1'
    paths.push({ nodeId, link, connected, mtu: Number(value) })
  }
  return paths
}

function isAbsence(fault: unknown): boolean {
  return fault instanceof Error && 'code' in fault && fault.code === 'ENOENT'
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message.replace(/, open '.*/, ` ${file}`) : String(cause)
}
