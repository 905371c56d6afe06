import { PlayedOutlet } from './outlets.ts'
import type { Fault, TcpPlayer } from './tcp-player.ts'
import { playTcp } from './tcp-player.ts'

/** A played Kasa strip of two outlets. */
export interface KasaPlayer {
  readonly http: TcpPlayer
  readonly outlets: readonly PlayedOutlet[]
  mac: string
  switched: () => void
}

interface Question {
  readonly context?: { readonly child_ids?: readonly string[] }
  readonly system?: { readonly get_sysinfo?: object; readonly set_relay_state?: { readonly state: number } }
  readonly emeter?: object
}

/** Plays the XOR protocol of TCP 9999 as an HS300 speaks it. */
export async function playKasa(): Promise<KasaPlayer> {
  const outlets = [new PlayedOutlet(), new PlayedOutlet()]
  const deviceId = '8006F2C8A6AD0000000000000000000000000001'
  const idOf = (index: number) => `${deviceId}0${index}`
  const obey = (question: Question): unknown => {
    const index = outlets.findIndex((_, at) => question.context?.child_ids?.includes(idOf(at)))
    const outlet = outlets[index]
    const wanted = question.system?.set_relay_state
    if (wanted !== undefined) {
      outlet?.set(wanted.state === 1)
      player.switched()
      return { system: { set_relay_state: { err_code: outlet === undefined ? -3 : 0 } } }
    }
    if (question.emeter !== undefined)
      return {
        emeter: { get_realtime: { power_mw: (outlet?.watts ?? 0) * 1000, voltage_mv: 230_000, err_code: 0 } },
      }
    if (question.system?.get_sysinfo === undefined) return { schedule: { err_code: -1 } }
    const children = outlets.map((own, at) => ({
      id: idOf(at),
      state: own.told() ? 1 : 0,
      alias: `Outlet ${at + 1}`,
    }))
    const kind = {
      model: 'HS300(EU)',
      mic_type: 'IOT.SMARTPLUGSWITCH',
      feature: 'TIM:ENE',
      sw_ver: '1.0.19',
      hw_ver: '2.0',
    }
    const strip = { ...kind, mac: player.mac, deviceId, alias: 'strip', child_num: children.length, children }
    return { system: { get_sysinfo: { err_code: 0, ...strip } } }
  }
  const answer = (question: Question, fault: Fault): Buffer => {
    const text = JSON.stringify(obey(question))
    if (fault.kind === 'instead') return scramble(fault.body)
    return scramble(fault.kind === 'half' ? text.slice(0, text.length / 2) : text)
  }
  const complete = (received: Buffer): Question | undefined => {
    if (received.length < 4 || received.length < 4 + received.readUInt32BE(0)) return undefined
    return JSON.parse(unscramble(received.subarray(4)))
  }
  const player: KasaPlayer = {
    http: await playTcp<Question>({ complete, obey: answer }),
    outlets,
    mac: '50:C7:BF:00:00:01',
    switched: () => {},
  }
  return player
}

function scramble(text: string): Buffer {
  let key = 171
  const body = Buffer.from(Buffer.from(text).map(byte => (key = key ^ byte)))
  const head = Buffer.alloc(4)
  head.writeUInt32BE(body.length)
  return Buffer.concat([head, body])
}

function unscramble(bytes: Buffer): string {
  let key = 171
  const plain = bytes.map(byte => {
    const open = byte ^ key
    key = byte
    return open
  })
  return Buffer.from(plain).toString('utf8')
}
