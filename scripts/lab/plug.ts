import type { Fault } from '../../test/peers/players/tcp-player.ts'
import { plugAddress, plugMac } from './network.ts'
import type { ClusterPlace } from './place.ts'
import type { NodeName } from './plan.ts'
import { ask } from './protocol.ts'
import { field } from './record.ts'

/** How a plug misbehaves: at its socket, or at its relay. */
export type PlugFault =
  | Fault
  /** Says OFF, and the node runs on. */
  | { readonly kind: 'lying' }
  /** Does not obey, and says so. */
  | { readonly kind: 'stuck' }
  /** Obeys an off, refuses an on. */
  | { readonly kind: 'refuses-on' }

/** One thing that happened to a plug or to the node behind it. */
export interface PowerEvent {
  /** Milliseconds since the epoch. */
  readonly atMs: number
  readonly node: string
  /** `off` is written when every process of the node is gone, `booted` when its pid 1 runs. */
  readonly what: 'off asked' | 'off' | 'on' | 'booted' | 'died'
}

/** The played Tasmota plug that feeds a node. */
export interface Plug {
  /** Where the nodes reach it, port 80. */
  readonly address: string
  /** What the device says of itself, for `device_id`. */
  readonly mac: string
  /** Takes the power away at the relay; resolves when every process of the node is gone. */
  off(): Promise<void>
  /** Closes the relay; the node boots `firmwareMs` later. */
  on(): Promise<void>
  /** Position of the relay. */
  status(): Promise<'on' | 'off'>
  /** Until `{ kind: 'none' }`. */
  misbehave(fault: PlugFault): Promise<void>
  log(): Promise<readonly PowerEvent[]>
}

/** The plug of a node of a running cluster, as its controller holds it. */
export function plugOf(place: ClusterPlace, node: NodeName): Plug {
  return {
    address: plugAddress(node),
    mac: plugMac(node),
    async off() {
      await ask(place, { verb: 'off', node })
    },
    async on() {
      await ask(place, { verb: 'on', node })
    },
    async status() {
      return (await ask(place, { verb: 'status', node })) === 'on' ? 'on' : 'off'
    },
    async misbehave(fault) {
      await ask(place, { verb: 'misbehave', node, fault })
    },
    async log() {
      const events = await ask(place, { verb: 'log' })
      return (Array.isArray(events) ? events.flatMap(parseEvent) : []).filter(event => event.node === node)
    },
  }
}

const HAPPENINGS = ['off asked', 'off', 'on', 'booted', 'died'] as const

function parseEvent(value: unknown): PowerEvent[] {
  const atMs = field(value, 'atMs')
  const node = field(value, 'node')
  const what = HAPPENINGS.find(known => known === field(value, 'what'))
  return typeof atMs === 'number' && typeof node === 'string' && what !== undefined
    ? [{ atMs, node, what }]
    : []
}
