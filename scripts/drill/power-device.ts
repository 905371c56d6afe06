import { type CommandResult, runCommand } from '../../lib/host/command.ts'
import type { Cib, Resource } from '../pacemaker/cib.ts'
import { lastLine } from './cluster-tools.ts'

const AGENTS = '/usr/sbin'
const DEVICE_MS = 60_000

/** A device of the cluster's configuration, asked without the cluster. */
export interface PowerDevice {
  readonly id: string
  /** @returns 'on', 'off', or why it cannot be told */
  status(): Promise<string>
  /** @throws with the device's own words */
  set(action: 'on' | 'off'): Promise<void>
}

/**
 * Devices that together take a node's power: those of its first fencing level, or else the first that can
 * fence it. Two power supplies are two devices of one level.
 */
export function devicesOf(
  { resources, levels }: Cib,
  node: string,
  able: readonly string[],
): readonly Resource[] {
  const own = levels.filter(({ target }) => target === node).sort((a, b) => a.index - b.index)
  const ids = own[0]?.devices ?? able.slice(0, 1)
  return ids.flatMap(id => resources.filter(resource => resource.id === id))
}

/** What the fencer would write to the agent's stdin for a node. */
export function agentInput({ parameters }: Resource, node: string, action: string): string {
  const given = [...parameters].filter(
    ([name]) => !name.startsWith('pcmk_') && !name.startsWith('CRM_') && name !== 'action',
  )
  const argument = parameters.get('pcmk_host_argument') ?? 'plug'
  const isNamed = given.some(([name]) => name === 'plug' || name === 'port' || name === argument)
  const plug = argument === 'none' || isNamed ? [] : [[argument, plugOf(parameters, node)] as const]
  const lines = [['action', action] as const, ['nodename', node] as const, ...plug, ...given]
  return `${lines.map(([name, value]) => `${name}=${value}`).join('\n')}\n`
}

/** The map is written `node1:1;node2:2,3`, also with `=` or blanks; without one the node is its own plug. */
function plugOf(parameters: ReadonlyMap<string, string>, node: string): string {
  for (const item of (parameters.get('pcmk_host_map') ?? '').split(/[;\s]+/)) {
    const [, name, plug] = /^([^:=]+)[:=](.+)$/.exec(item) ?? []
    if (name === node && plug !== undefined) return plug
  }
  return node
}

export function powerDevice(device: Resource, node: string): PowerDevice {
  const agent = device.agent.replace(/^stonith:/, '')
  const ask = (action: string): Promise<CommandResult> =>
    runCommand(`${AGENTS}/${agent}`, [], {
      input: agentInput(device, node, action),
      timeoutMs: DEVICE_MS,
    })
  return {
    id: device.id,
    async status() {
      const result = await ask('status')
      if (result.code === 0) return 'on'
      return result.code === 2 ? 'off' : lastLine(result).slice(0, 80)
    },
    async set(action) {
      const result = await ask(action)
      if (result.code !== 0) throw new Error(`${device.id}: ${action} failed: ${lastLine(result)}`)
    },
  }
}
