import type { Json } from '../../lib/ocf/json.ts'
import { at, entriesOf, itemsAt, numberAt, stringAt } from '../../lib/ocf/json.ts'
import { commonOptions } from '../common-options.ts'
import { brokenAnswer, jsonObjects } from '../device-answer.ts'
import type { Driver, DriverContext } from '../driver.ts'
import type { HttpClient } from '../http.ts'
import { numberedPlug } from '../plugs.ts'
import type { Meter, Outlet, PowerState, PowerSwitch, Reading } from '../power-switch.ts'
import { noSuchPlug, SwitchFailure } from '../power-switch.ts'

/**
 * Tasmota and OpenBeken: commands by `/cm?cmnd=`. Plugs are relay numbers from 1. Sources: Tasmota's
 * command list (tasmota.github.io/docs/Commands) and its support_command.ino; for OpenBeken, whose
 * replies differ, json_interface.c of OpenBK7231T_App.
 */
export const tasmota: Driver = {
  name: 'tasmota',
  title: 'Tasmota or OpenBeken plug (HTTP commands)',
  options: [],
  port: 80,
  tls: false,
  patienceMs: 20_000,
  darkMs: 3000,
  caution: 'Set PowerOnState to 3 or 1, PulseTime to 0 and PowerLock to 0 on the device.',
  open,
}

function open(context: DriverContext): PowerSwitch {
  const [host = ''] = context.hosts
  const device = `tasmota ${host}`
  const command = commandSender(context, host)
  const relay = (plug: string): number => {
    const number = numberedPlug(plug, 1, 32)
    if (number === undefined) throw noSuchPlug(plug, device, ['relays from 1'])
    return number
  }
  /**
   * What Status 11 tells of the relays. `Power<n>` tells it too, but as a question it stops a running
   * PulseTime (Tasmota issue 7810), and a look must change nothing; OpenBeken of 2022 knows no other.
   */
  const relays = async (number: number): Promise<readonly Json[]> => {
    const status = await command('Status 11')
    return powerEntries(status).length > 0 ? status : command(`Power${number}`)
  }
  const outlets = async (): Promise<Outlet[]> => {
    const found = powerEntries(await command('Status 11'))
    return found.map(([key, value]) => ({
      plug: key === 'POWER' ? '1' : key.slice(5),
      alias: '',
      state: stateOf(value),
    }))
  }
  return {
    async read(plug) {
      const number = relay(plug)
      return readingOf(await relays(number), number, device)
    },
    async set(plug, to) {
      await command(`Power${relay(plug)} ${to === 'on' ? 'On' : 'Off'}`)
    },
    async meter(plug) {
      const number = relay(plug)
      let sensors = await command('Status 10')
      if (!sensors.some(object => at(object, 'StatusSNS') !== undefined)) sensors = await command('Status 8')
      return meterOf(sensors, number, (await outlets()).length)
    },
    async identity() {
      const network = (await command('Status 5')).map(object => at(object, 'StatusNET'))
      return network.flatMap(net => [stringAt(net, 'Mac'), stringAt(net, 'Hostname')]).filter(isText)
    },
    async hazards(plugs) {
      const found: string[] = []
      for (const object of await command('Status')) {
        const powerOn = numberAt(object, 'Status', 'PowerOnState')
        if (powerOn === 4)
          found.push('PowerOnState 4 locks the relay on: no off is obeyed (set PowerOnState 3)')
        if (powerOn === 5)
          found.push('PowerOnState 5 turns the relay on again by itself (set PowerOnState 3)')
      }
      for (const number of plugs.map(relay)) {
        const seconds = pulseTime(await command(`PulseTime${number}`), number)
        if (seconds !== 0)
          found.push(`PulseTime${number} is set: the relay flips by itself (set PulseTime${number} 0)`)
        if (isLocked(await command('PowerLock'), number))
          found.push(`PowerLock${number} is on: the relay cannot be switched (set PowerLock${number} 0)`)
      }
      return found
    },
    outlets,
  }
}

/** Sends one command and gives the JSON objects of its answer, telemetry that was merged in among them. */
function commandSender(context: DriverContext, host: string): (text: string) => Promise<readonly Json[]> {
  const username = context.read(commonOptions.username) ?? 'admin'
  const { password } = context
  const inQuery = context.http(host, { kind: 'none' })
  const inHeader =
    password === undefined ? inQuery : context.http(host, { kind: 'basic', username, password })
  let client: HttpClient = inQuery
  return async text => {
    const path = `/cm?cmnd=${encodeURIComponent(text)}`
    const login =
      password === undefined
        ? ''
        : `user=${encodeURIComponent(username)}&password=${encodeURIComponent(password)}&`
    const viaQuery = { path: path.replace('?', `?${login}`), shown: path }
    const reply = await client.request(client === inQuery ? viaQuery : { path }).catch((cause: unknown) => {
      const refused = cause instanceof SwitchFailure && cause.status === 401
      if (!refused || client === inHeader) throw cause
      // OpenBeken takes a login only as HTTP Basic, and refuses the one in the query.
      client = inHeader
      return client.request({ path })
    })
    const objects = jsonObjects(reply.body)
    if (objects.some(object => at(object, 'WARNING') !== undefined))
      throw new SwitchFailure('final', `tasmota ${host} refuses the login: check username and password`)
    if (reply.status !== 200 || objects.length === 0) throw brokenAnswer(`tasmota ${host}`, reply.body)
    return objects
  }
}

type PowerEntry = readonly [key: string, value: Json | undefined]

/** POWER, POWER1, ... wherever they stand: at the top, or in the state telemetry of Status 11. */
function powerEntries(objects: readonly Json[]): readonly PowerEntry[] {
  const all = objects.flatMap(object => [...entriesOf(object), ...entriesOf(at(object, 'StatusSTS'))])
  return all.filter(([key]) => /^POWER\d*$/.test(key))
}

function readingOf(objects: readonly Json[], number: number, device: string): Reading {
  const entries = powerEntries(objects)
  const own = entries.filter(([key]) => key === `POWER${number}`)
  const only = number === 1 && own.length === 0 ? entries.filter(([key]) => key === 'POWER') : own
  if (only.length === 0) {
    const unknownCommand = objects.some(object => stringAt(object, 'Command') === 'Unknown')
    if (entries.length > 0 || unknownCommand)
      throw noSuchPlug(
        String(number),
        device,
        entries.map(([key]) => key),
      )
    throw brokenAnswer(device, JSON.stringify(objects))
  }
  const states = new Set(only.map(([, value]) => stateOf(value)))
  const [state = 'unknown'] = states
  const seen = only.map(([key, value]) => `${key} is ${String(value).slice(0, 20)}`).join(', ')
  if (states.size > 1) return { state: 'unknown', seen: `${device} contradicts itself: ${seen}` }
  const words = state === 'unknown' ? ' (StateText1 must be OFF and StateText2 ON)' : ''
  return { state, seen: `${device}: ${seen}${words}` }
}

function stateOf(value: Json | undefined): PowerState {
  if (value === 'ON') return 'on'
  return value === 'OFF' ? 'off' : 'unknown'
}

function meterOf(objects: readonly Json[], number: number, relays: number): Meter | undefined {
  for (const object of objects) {
    const sensors = at(object, 'StatusSNS')
    const timestamp = stringAt(sensors, 'Time')
    // A clock that was never set stands still on OpenBeken, and would make all readings one.
    const when = timestamp === undefined || timestamp.startsWith('1970-') ? {} : { timestamp }
    const channels = itemsAt(sensors, 'ENERGY', 'Power')
    const own = numberAt(channels, number - 1)
    if (own !== undefined && channels.length === relays) return { watts: own, ...when }
    const total = numberAt(sensors, 'ENERGY', 'Power')
    const watts = total ?? channels.reduce<number>((sum, channel) => sum + (numberAt([channel], 0) ?? 0), 0)
    if (total !== undefined || channels.length > 0) return { watts, shared: relays > 1, ...when }
  }
  return undefined
}

/** Seconds or steps of PulseTime, in the form of old firmware ("0 (Active 0)") or new ({Set, Remaining}). */
function pulseTime(objects: readonly Json[], number: number): number {
  for (const object of objects) {
    const value = at(object, `PulseTime${number}`)
    const set = numberAt(value, 'Set') ?? (typeof value === 'string' ? Number.parseInt(value, 10) : undefined)
    if (set !== undefined && Number.isFinite(set)) return set
  }
  return 0
}

/** PowerLock, since Tasmota 13.4.1, answers one bit a relay, the first relay last: {"PowerLock":"01"}. */
function isLocked(objects: readonly Json[], number: number): boolean {
  return objects.some(object => stringAt(object, 'PowerLock')?.at(-number) === '1')
}

function isText(value: string | undefined): value is string {
  return value !== undefined && value !== ''
}
