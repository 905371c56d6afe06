import type { Json } from '../../lib/ocf/json.ts'
import { at, itemsAt, numberAt, stringAt } from '../../lib/ocf/json.ts'
import { commonOptions } from '../common-options.ts'
import type { Driver, DriverContext } from '../driver.ts'
import type { PowerState, PowerSwitch } from '../power-switch.ts'
import { noSuchPlug, SwitchFailure } from '../power-switch.ts'
import { openProxmoxApi } from './proxmox-api.ts'

/** Virtual machines and containers of Proxmox VE. Plugs are guest ids or names; `ip` may list several API hosts. */
export const proxmox: Driver = {
  name: 'proxmox',
  title: 'Proxmox VE guest, VM or container (API token or password)',
  options: [],
  port: 8006,
  tls: true,
  // The host that answers no more is the one that the next level has to cut off: no time to lose.
  patienceMs: 5000,
  darkMs: 0,
  caution:
    'A token needs VM.PowerMgmt and VM.Audit. Guests under Proxmox HA or locked by backup, snapshot or migration are refused. Level 2 is the plug of the host, and takes its other guests with it.',
  problems: ({ read, password }) =>
    read(commonOptions.username) === undefined || password === undefined
      ? ['proxmox needs username (user@realm, or user@realm!token) and a password or token secret']
      : [],
  open,
}

/** A guest and the host where it is now. */
interface Guest {
  readonly node: string
  readonly kind: 'qemu' | 'lxc'
  readonly vmid: number
  readonly name: string
  readonly haState: string | undefined
  readonly status: string | undefined
}

function open(context: DriverContext): PowerSwitch {
  const api = openProxmoxApi(context)
  const guests = async (): Promise<Guest[]> =>
    itemsAt(await api.get('/cluster/resources?type=vm')).flatMap(record => guestOf(record) ?? [])
  /** Looks the guest up anew each time: a migration moves it. */
  const find = async (plug: string): Promise<Guest> => {
    const all = await guests()
    const found = all.filter(({ vmid, name }) => String(vmid) === plug || name === plug)
    const [guest, another] = found
    if (guest === undefined)
      throw noSuchPlug(
        plug,
        'proxmox',
        all.map(({ vmid, name }) => `${vmid} ${name}`),
      )
    if (another !== undefined)
      throw new SwitchFailure(
        'final',
        `'${plug}' is the name of ${found.length} guests: use the id (${guest.vmid}?)`,
      )
    return guest
  }
  const current = async (guest: Guest): Promise<Json> => {
    if (guest.status === 'unknown')
      throw new SwitchFailure(
        'transient',
        `host ${guest.node} of guest ${guest.vmid} is offline: fence it instead`,
      )
    return api.get(`${pathOf(guest)}/status/current`)
  }
  return {
    async read(plug) {
      const guest = await find(plug)
      const status = stringAt(await current(guest), 'status')
      const seen = `guest ${guest.vmid} on ${guest.node} is ${status ?? 'without a status'}`
      return { state: stateOf(status), seen }
    },
    async set(plug, to) {
      const guest = await find(plug)
      const status = await current(guest)
      const lock = stringAt(status, 'lock')
      if (isUnderHa(guest, status))
        throw new SwitchFailure(
          'final',
          `guest ${guest.vmid} is under Proxmox HA, which only queues: remove it from HA`,
        )
      if (lock !== undefined && lock !== '')
        throw new SwitchFailure(
          'final',
          `guest ${guest.vmid} is locked (${lock}): Proxmox refuses to ${to === 'on' ? 'start' : 'stop'} it`,
        )
      const task = await api.post(`${pathOf(guest)}/status/${to === 'on' ? 'start' : 'stop'}`)
      await api.finished(guest.node, task)
    },
    async identity(plugs) {
      const [plug] = plugs
      if (plug === undefined) return []
      const { vmid, name } = await find(plug)
      return [name, String(vmid)].filter(text => text !== '')
    },
    async hazards(plugs) {
      const found: string[] = []
      for (const plug of plugs) {
        const guest = await find(plug)
        const status = await current(guest)
        const lock = stringAt(status, 'lock')
        if (isUnderHa(guest, status))
          found.push(`guest ${guest.vmid} is under Proxmox HA: a stop is only queued`)
        if (lock !== undefined && lock !== '')
          found.push(`guest ${guest.vmid} is locked (${lock}): no stop is obeyed`)
      }
      return found
    },
    async outlets() {
      return (await guests()).map(({ vmid, name, status }) => ({
        plug: String(vmid),
        alias: name,
        state: stateOf(status),
      }))
    },
  }
}

/** A record of the resource list; one that lacks its id, kind or host is not a guest that can be fenced. */
function guestOf(record: Json | undefined): Guest | undefined {
  const vmid = numberAt(record, 'vmid')
  const node = stringAt(record, 'node')
  const type = stringAt(record, 'type')
  if (vmid === undefined || node === undefined || (type !== 'qemu' && type !== 'lxc')) return undefined
  const haState = stringAt(record, 'hastate')
  return {
    vmid,
    node,
    kind: type,
    name: stringAt(record, 'name') ?? '',
    haState,
    status: stringAt(record, 'status'),
  }
}

function pathOf({ node, kind, vmid }: Guest): string {
  return `/nodes/${encodeURIComponent(node)}/${kind}/${vmid}`
}

function stateOf(status: string | undefined): PowerState {
  if (status === 'running') return 'on'
  return status === 'stopped' ? 'off' : 'unknown'
}

function isUnderHa({ haState }: Guest, status: Json | undefined): boolean {
  if (haState === 'ignored') return false
  const managed = at(status, 'ha', 'managed')
  return haState !== undefined || managed === 1 || managed === true || managed === '1'
}
