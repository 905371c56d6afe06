import type { HttpPlayer, PlayedReply, PlayedRequest } from './http-player.ts'
import { hasBasic, playHttp } from './http-player.ts'
import { PlayedOutlet } from './outlets.ts'
import type { PlayerPlace } from './tcp-player.ts'

/** A played Tasmota (or OpenBeken) device. */
export interface TasmotaPlayer {
  readonly http: HttpPlayer
  readonly outlets: readonly PlayedOutlet[]
  mac: string
  /** Telemetry lines are merged into every answer. */
  telemetry: boolean
  powerOnState: number
  pulseTime: number
  /** What is left of a running PulseTime; a Power command without an argument ends it. */
  pulseRemaining: number
  /** Whether each relay is locked. */
  readonly powerLock: boolean[]
  stateText: readonly [off: string, on: string]
  /** Called when a relay was switched. */
  switched: () => void
  /** Waited for before a position is told: where cutting the load takes longer than the relay's click. */
  settled: () => Promise<void> | undefined
}

/** Plays the command interface `/cm?cmnd=` of Tasmota 14 or of OpenBeken. */
export async function playTasmota(
  options: {
    readonly relays?: number
    readonly password?: string
    readonly firmware?: 'tasmota' | 'old-tasmota' | 'openbeken'
    readonly meter?: boolean
    readonly place?: PlayerPlace
  } = {},
): Promise<TasmotaPlayer> {
  const { relays = 1, password, firmware = 'tasmota', meter = true } = options
  const answer = async (request: PlayedRequest): Promise<PlayedReply> => {
    if (password !== undefined && !mayEnter(request, password, firmware))
      return firmware === 'old-tasmota'
        ? { body: '{"WARNING":"Need user=<username>&password=<password>"}' }
        : { status: 401, body: '', headers: { 'WWW-Authenticate': 'Basic realm="device"' } }
    if (request.path !== '/cm') return { status: 404, body: 'not found' }
    const body = JSON.stringify(await obey((request.query.get('cmnd') ?? '').trim()))
    if (!player.telemetry) return { body }
    const telemetry = `{"Time":"2026-01-01T00:00:00","Wifi":{"RSSI":70,"Note":"} {"}}`
    return { body: `${telemetry}\n${body}\n${telemetry}` }
  }
  const key = (index: number) => (relays === 1 ? 'POWER' : `POWER${index + 1}`)
  /** What is answered to a command that is not known. */
  const unknown = firmware === 'openbeken' ? {} : { Command: 'Unknown' }
  const allRelays = () => Object.fromEntries(outlets.map((outlet, at) => [key(at), word(outlet)]))
  // Without a time server OpenBeken's clock stands at its beginning.
  const time = () =>
    firmware === 'openbeken' ? '1970-01-01T00:00:00' : new Date().toISOString().slice(0, 19)
  const word = (outlet: PlayedOutlet) => player.stateText[outlet.told() ? 1 : 0]
  const obey = async (command: string): Promise<unknown> => {
    const [name = '', argument = ''] = command.split(/\s+/)
    const power = /^power(\d*)$/i.exec(name)
    if (power !== null) {
      const index = Number(power[1] === '' ? 1 : power[1]) - 1
      const outlet = outlets[index]
      const wanted = { on: true, '1': true, off: false, '0': false }[argument.toLowerCase()]
      if (outlet !== undefined && wanted !== undefined && player.powerLock[index] !== true) {
        outlet.set(wanted)
        player.switched()
      }
      if (argument === '') player.pulseRemaining = 0
      await player.settled()
      if (firmware === 'openbeken') return allRelays()
      return outlet === undefined ? unknown : { [key(index)]: word(outlet) }
    }
    const upper = command.toLowerCase()
    await player.settled()
    if (upper === 'status 11') return { StatusSTS: { Time: time(), ...allRelays() } }
    if (upper === 'status 5') return { StatusNET: { Hostname: 'plug', Mac: player.mac } }
    if (upper === 'status 10' || upper === 'status 8') {
      const watts = outlets.reduce((sum, outlet) => sum + outlet.watts, 0)
      return { StatusSNS: meter ? { Time: time(), ENERGY: { Total: 1.5, Power: watts } } : { Time: time() } }
    }
    if (upper === 'status') {
      // OpenBeken writes a 3 there, whatever its start value is.
      const PowerOnState = firmware === 'openbeken' ? 3 : player.powerOnState
      return { Status: { Module: 1, Power: 1, PowerOnState } }
    }
    if (/^pulsetime\d+$/.test(upper) && firmware !== 'openbeken')
      return {
        [`PulseTime${upper.slice(9)}`]: { Set: player.pulseTime, Remaining: player.pulseRemaining },
      }
    if (upper === 'powerlock' && firmware === 'tasmota')
      return {
        PowerLock: player.powerLock
          .map(locked => (locked ? '1' : '0'))
          .reverse()
          .join(''),
      }
    return unknown
  }
  const outlets = Array.from({ length: relays }, () => new PlayedOutlet())
  const player: TasmotaPlayer = {
    http: await playHttp(answer, options.place === undefined ? {} : { place: options.place }),
    outlets,
    mac: 'DC:4F:22:00:00:01',
    telemetry: false,
    powerOnState: 3,
    pulseTime: 0,
    pulseRemaining: 0,
    powerLock: outlets.map(() => false),
    stateText: ['OFF', 'ON'],
    switched: () => {},
    settled: () => undefined,
  }
  return player
}

function mayEnter(request: PlayedRequest, password: string, firmware: string): boolean {
  if (firmware === 'openbeken') return hasBasic(request, 'admin', password)
  return request.query.get('user') === 'admin' && request.query.get('password') === password
}
