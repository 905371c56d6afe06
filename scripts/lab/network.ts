import { readdir } from 'node:fs/promises'
import { execa } from 'execa'
import { type ClusterPlace, nodePlace } from './place.ts'
import { NODE_NAMES, type NodeName } from './plan.ts'

/** `ring` carries corosync and the VIP, `control` leads to the power plugs. */
export type SwitchName = 'ring' | 'control'
const SWITCHES: readonly SwitchName[] = ['ring', 'control']

/** Clusters never see each other or the host's network, so all use the same addresses. */
const NETWORK: Record<SwitchName, string> = { ring: '10.77.0', control: '10.77.1' }
const INTERFACE: Record<SwitchName, string> = { ring: 'eth0', control: 'eth1' }

export const VIP = `${NETWORK.ring}.100`
const CLIENT = `${NETWORK.ring}.200`

const number = (node: NodeName): number => NODE_NAMES.indexOf(node) + 1

export const ringAddress = (node: NodeName): string => `${NETWORK.ring}.${10 + number(node)}`
/** Of the plug that feeds a node, on the control network. */
export const plugAddress = (node: NodeName): string => `${NETWORK.control}.${200 + number(node)}`

export const plugMac = (node: NodeName): string => `DC:4F:22:00:00:0${number(node)}`

/** The end of a node's cable in the switch. */
const port = (node: NodeName, name: SwitchName): string => `${node}-${name}`

/** `ip` in batch mode: one process for a list of commands. */
async function ip(netns: string, commands: readonly string[]): Promise<void> {
  await execa('ip', ['-n', netns, '-batch', '-'], { input: commands.join('\n') })
}

/** Makes the two switches, the plugs' addresses and the client's namespace. */
export async function createSwitches(place: ClusterPlace): Promise<void> {
  await execa('ip', ['netns', 'add', place.switch])
  const commands = ['link set lo up']
  for (const [at, name] of SWITCHES.entries()) {
    // A bridge takes its ports' addresses otherwise, changes with them, and TCP stalls for seconds.
    commands.push(`link add ${name} address 02:77:00:00:0${at}:fe type bridge forward_delay 0 stp_state 0`)
    commands.push(`addr add ${NETWORK[name]}.254/24 dev ${name}`, `link set ${name} up`)
  }
  for (const node of NODE_NAMES) commands.push(`addr add ${plugAddress(node)}/24 dev control`)
  await ip(place.switch, commands)
  await execa('ip', ['netns', 'add', place.client])
  await ip(place.switch, [
    `link add client type veth peer name eth0 address 02:77:00:00:00:c8 netns ${place.client}`,
    'link set client master ring',
    'link set client up',
  ])
  await ip(place.client, ['link set lo up', `addr add ${CLIENT}/24 dev eth0`, 'link set eth0 up'])
}

/**
 * A network namespace of its own for each boot, with fresh cables: in a used one the dead node's VIP would
 * still be up.
 */
export async function plugInNode(
  place: ClusterPlace,
  node: NodeName,
  cut: ReadonlySet<SwitchName>,
): Promise<void> {
  await unplugNode(place, node)
  const { netns } = nodePlace(place, node)
  await execa('ip', ['netns', 'add', netns])
  const cables: string[] = []
  const ends = ['link set lo up']
  for (const [at, name] of SWITCHES.entries()) {
    const mac = `02:77:00:00:0${at}:1${number(node)}`
    cables.push(
      `link add ${port(node, name)} type veth peer name ${INTERFACE[name]} address ${mac} netns ${netns}`,
      `link set ${port(node, name)} master ${name}`,
      `link set ${port(node, name)} ${cut.has(name) ? 'down' : 'up'}`,
    )
    const address = `${NETWORK[name]}.${10 + number(node)}`
    ends.push(`addr add ${address}/24 brd + dev ${INTERFACE[name]}`, `link set ${INTERFACE[name]} up`)
  }
  await ip(place.switch, cables)
  await ip(netns, ends)
}

/** The kernel removes a dead node's cables some time later: without its own hand the VIP would answer on. */
export async function unplugNode(place: ClusterPlace, node: NodeName): Promise<void> {
  for (const name of SWITCHES) {
    await execa('ip', ['-n', place.switch, 'link', 'del', port(node, name)], { reject: false })
  }
  await forgetNamespace(nodePlace(place, node).netns)
}

/** Takes a namespace's name away; the namespace itself lives as long as its processes. */
export async function forgetNamespace(netns: string): Promise<void> {
  const names: string[] = await readdir('/run/netns').catch(() => [])
  if (names.includes(netns)) await execa('ip', ['netns', 'del', netns])
}

export async function setCable(
  place: ClusterPlace,
  node: NodeName,
  name: SwitchName,
  state: 'up' | 'down',
): Promise<void> {
  await execa('ip', ['-n', place.switch, 'link', 'set', port(node, name), state], { reject: false })
}
