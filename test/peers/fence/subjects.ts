import { playEsphome } from '../players/esphome.ts'
import { playKasa } from '../players/kasa.ts'
import { playNetio } from '../players/netio.ts'
import type { PoePlayer } from '../players/poe.ts'
import { playPoe, poeLogin } from '../players/poe.ts'
import { playProxmox } from '../players/proxmox.ts'
import { playRedfish } from '../players/redfish.ts'
import { playShelly1 } from '../players/shelly1.ts'
import { playShelly2 } from '../players/shelly2.ts'
import { playTasmota } from '../players/tasmota.ts'
import type { Fault } from '../players/tcp-player.ts'

/** The password of every played device that has a login. */
export const password = 'pl4yed-Pa55word&+='

/** What the tests of all drivers need of a played device, whatever it plays. */
export interface Subject {
  /** Options that reach it and its one plug. */
  readonly options: Readonly<Record<string, string | number>>
  /** Its identity before and, after {@link moveIdentity}, not any more. */
  readonly deviceId: string
  moveIdentity(): void
  fault(fault: Fault): void
  stuck(): void
  /** It says OFF, and power flows on. */
  lying(): void
  refuseOn(): void
  startOff(): void
  /** It cannot be reached for a while as soon as it has switched. */
  rebootOnSwitch(ms: number): void
  /** What really was: whether power flows now, how often it was cut, how many answers said OFF. */
  truth(): { readonly flows: boolean; readonly cuts: number; readonly offReadBack: number }
  close(): Promise<void>
}

export interface SubjectKind {
  readonly driver: string
  /** Whether a lying relay can be seen: by a meter, or by another object of the device. */
  readonly seesLies: boolean
  /** Whether it speaks HTTP, and so can answer with a status. */
  readonly http: boolean
  readonly login: boolean
  make(): Promise<Subject>
}

interface PlayedDevice {
  readonly http: { readonly port: number; fault: Fault; absent(ms: number): void; close(): Promise<void> }
  readonly outlets: readonly {
    on: boolean
    lying: boolean
    stuck: boolean
    refusesOn: boolean
    readonly watts: number
    cuts: number
    offReadBack: number
  }[]
  switched: () => void
}

function subjectOf(
  player: PlayedDevice,
  options: Readonly<Record<string, string | number>>,
  deviceId: string,
  moveIdentity: () => void,
  index = 0,
): Subject {
  const outlet = player.outlets[index]
  if (outlet === undefined) throw new Error('the player has no such outlet')
  return {
    options: { ip: '127.0.0.1', ipport: player.http.port, ...options },
    deviceId,
    moveIdentity,
    fault: fault => {
      player.http.fault = fault
    },
    stuck: () => {
      outlet.stuck = true
    },
    lying: () => {
      outlet.lying = true
    },
    refuseOn: () => {
      outlet.refusesOn = true
    },
    startOff: () => {
      outlet.on = false
    },
    rebootOnSwitch: ms => {
      player.switched = () => {
        player.switched = () => {}
        setTimeout(() => player.http.absent(ms), 30)
      }
    },
    truth: () => ({ flows: outlet.on || outlet.lying, cuts: outlet.cuts, offReadBack: outlet.offReadBack }),
    close: () => player.http.close(),
  }
}

/** A kind of subject for every driver. */
export const kinds: readonly SubjectKind[] = [
  {
    driver: 'tasmota',
    seesLies: true,
    http: true,
    login: true,
    async make() {
      const player = await playTasmota({ password })
      player.telemetry = true
      const moved = () => {
        player.mac = 'DC:4F:22:99:99:99'
      }
      return subjectOf(player, { driver: 'tasmota', password, plug: '1' }, 'dc4f22000001', moved)
    },
  },
  {
    driver: 'shelly2',
    seesLies: true,
    http: true,
    login: true,
    async make() {
      const player = await playShelly2({ password })
      const moved = () => {
        player.mac = 'FFFFFFFFFFFF'
      }
      return subjectOf(player, { driver: 'shelly2', password, plug: '0' }, 'A8:03:2A:BE:54:DC', moved)
    },
  },
  {
    driver: 'shelly1',
    seesLies: true,
    http: true,
    login: true,
    async make() {
      const player = await playShelly1({ password })
      const moved = () => {
        player.mac = 'FFFFFFFFFFFF'
      }
      return subjectOf(player, { driver: 'shelly1', password, plug: '0' }, 'E868E7000001', moved)
    },
  },
  {
    driver: 'esphome',
    seesLies: false,
    http: true,
    login: true,
    async make() {
      const player = await playEsphome({ password })
      const moved = () => {
        player.title = 'kettle'
      }
      return subjectOf(player, { driver: 'esphome', password, plug: 'Rack_Left' }, 'rack-plug', moved)
    },
  },
  {
    driver: 'proxmox',
    seesLies: false,
    http: true,
    login: true,
    async make() {
      const username = 'fence@pve!ha'
      const player = await playProxmox({ username, password })
      player.sparse = true
      const moved = () => {
        player.name = 'another'
      }
      return subjectOf(player, { driver: 'proxmox', ssl: 0, username, password, plug: '100' }, 'node1', moved)
    },
  },
  {
    driver: 'netio',
    seesLies: true,
    http: true,
    login: true,
    async make() {
      const player = await playNetio({ password })
      const moved = () => {
        player.mac = 'FF:FF:FF:FF:FF:FF'
      }
      return subjectOf(player, { driver: 'netio', password, plug: '1' }, '24:A4:2C:00:00:01', moved)
    },
  },
  {
    driver: 'kasa',
    seesLies: true,
    http: false,
    login: false,
    async make() {
      const player = await playKasa()
      const moved = () => {
        player.mac = 'FF:FF:FF:FF:FF:FF'
      }
      return subjectOf(player, { driver: 'kasa', plug: '2' }, '50:C7:BF:00:00:01', moved, 1)
    },
  },
  {
    driver: 'redfish',
    seesLies: false,
    http: true,
    login: true,
    async make() {
      const player = await playRedfish({ password })
      const moved = () => {
        player.uuid = '00000000-0000-0000-0000-000000000000'
      }
      const options = { driver: 'redfish', ssl: 0, username: 'fence', password, plug: '1' }
      return subjectOf(player, options, '4C4C4544-0000-0001-8000-000000000001', moved)
    },
  },
  { driver: 'poe', seesLies: true, http: false, login: true, make: () => poeSubject() },
]

const idlePoe: PoePlayer[] = []
const allPoe: PoePlayer[] = []

/** A snmpd takes a while to start, so each is used again. */
async function poeSubject(): Promise<Subject> {
  const player = idlePoe.pop() ?? (await playPoe())
  if (!allPoe.includes(player)) allPoe.push(player)
  player.fault = { kind: 'none' }
  const port = { admin: 1, stuck: false, lying: false, offs: 0, readOff: 0 }
  player.change(state => {
    state.ports['1'] = port
  })
  const change = (more: object) =>
    player.change(state => {
      state.ports['1'] = { ...port, ...state.ports['1'], ...more }
    })
  const { community } = poeLogin
  const truth = () => {
    const { admin, lying, offs, readOff } = { ...port, ...player.state().ports['1'] }
    return { flows: admin === 1 || lying, cuts: offs, offReadBack: readOff }
  }
  let watch: NodeJS.Timeout | undefined
  const subject: Subject = {
    options: {
      driver: 'poe',
      ip: '127.0.0.1',
      ipport: player.port,
      community,
      plug: '1',
      poe_powers_node: 1,
    },
    deviceId: '00:1b:21:00:00:07',
    moveIdentity: () => {
      player.change(state => {
        state.bridge = '00 1B 21 99 99 99'
      })
    },
    fault: fault => {
      player.fault = fault
    },
    stuck: () => change({ stuck: true }),
    lying: () => change({ lying: true }),
    refuseOn: () => change({ refusesOn: true }),
    startOff: () => change({ admin: 2 }),
    rebootOnSwitch: ms => {
      const before = truth().flows
      watch = setInterval(() => {
        if (truth().flows === before) return
        clearInterval(watch)
        player.absent(ms)
      }, 20)
    },
    truth,
    close: async () => {
      clearInterval(watch)
      player.change(state => {
        delete state.bridge
      })
      idlePoe.push(player)
    },
  }
  return subject
}

/** Ends what was kept for use again. */
export async function closeSubjects(): Promise<void> {
  for (const player of allPoe.splice(0)) await player.close()
  idlePoe.length = 0
}
