import { type ChildProcess, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { poeLogin, startSnmpd } from '../../test/peers/players/poe.ts'
import type { PoeState } from '../../test/peers/players/poe-objects.ts'
import type { Cluster } from '../lab/cluster.ts'
import { clusterPlace, namespacePrefix } from '../lab/place.ts'
import { startCoordinator } from './coordinator.ts'
import { FedDevice } from './fed-device.ts'

const SNMPD = '/usr/sbin/snmpd'
const PLUG = '1'

/** A played Zigbee coordinator on a cable of its own, fed by a port of the switch that the nodes are on. */
export interface FedCoordinator {
  readonly address: string
  /** What the switch has learnt on the port. */
  readonly mac: string
  /** Where the switch is asked by SNMP, and its port of the coordinator. */
  readonly switchAddress: string
  readonly plug: string
  readonly community: string
  /** The radio's firmware stops; bridge, port and power stay up. It lasts until the power is cut. */
  hang(): Promise<void>
  /** Called when the port's power goes or comes. */
  onPower(tell: (powered: boolean) => void): void
  powered(): boolean
  close(): Promise<void>
}

/**
 * Plays the coordinator in a network namespace of its own, and the switch by a real snmpd: off takes the cable
 * down, and the coordinator with it.
 *
 * @param memory file of the radio's memory, which outlives its power
 * @throws when there is no snmpd, or with the player's own complaint
 */
export async function startFedCoordinator(cluster: Cluster, memory: string): Promise<FedCoordinator> {
  if (!existsSync(SNMPD)) throw new Error(`no ${SNMPD}: install snmpd (apt-get install snmpd)`)
  const network = cluster.vip.slice(0, cluster.vip.lastIndexOf('.'))
  const [address, switchAddress] = [`${network}.210`, `${network}.254`]
  const mac = '02:77:00:00:00:d2'
  const place = clusterPlace(cluster.name)
  const netns = `${namespacePrefix(cluster.name)}radio`
  layCable(place.switch, netns, { address, mac })
  await mkdir(join(memory, '..'), { recursive: true })
  const scratch = await mkdtemp(join(tmpdir(), 'haha-switch-'))
  const file = join(scratch, 'state.json')
  const learnt = mac
    .split(':')
    .map(byte => Number.parseInt(byte, 16))
    .join('.')
  const start: PoeState = {
    ports: { [PLUG]: { admin: 1, offs: 0, readOff: 0 } },
    addresses: { [learnt]: Number(PLUG) },
  }
  await writeFile(file, JSON.stringify(start))
  const before = ['nsenter', `--net=/run/netns/${place.switch}`]
  const listens = { port: 161, address: switchAddress, protocol: 'SHA-256' }
  const snmpd = startSnmpd({ scratch, file, ...listens, more: ['radio'], before })
  const device = new FedDevice(file, PLUG, () => startCoordinator(netns, address, memory))
  await device.begin()
  return {
    ...{ address, mac, switchAddress, plug: PLUG, community: poeLogin.community },
    hang: () => device.hang(),
    onPower: tell => device.onPower(tell),
    powered: () => device.powered,
    async close() {
      await device.end()
      await ended(snmpd)
      await rm(scratch, { recursive: true, force: true })
    },
  }
}

function layCable(
  switchNetns: string,
  netns: string,
  { address, mac }: { readonly address: string; readonly mac: string },
): void {
  const ip = (...args: readonly string[]) => execFileSync('ip', args, { stdio: 'pipe' })
  ip('netns', 'add', netns)
  const peer = ['type', 'veth', 'peer', 'name', 'eth0', 'address', mac, 'netns', netns]
  ip('-n', switchNetns, 'link', 'add', 'radio', ...peer)
  ip('-n', switchNetns, 'link', 'set', 'radio', 'master', 'ring', 'up')
  ip('-n', netns, 'link', 'set', 'lo', 'up')
  ip('-n', netns, 'addr', 'add', `${address}/24`, 'dev', 'eth0')
  ip('-n', netns, 'link', 'set', 'eth0', 'up')
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = new Promise(resolve => child.once('close', resolve))
  if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await gone
}
