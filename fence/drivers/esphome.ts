import type { Json } from '../../lib/ocf/json.ts'
import { at, booleanAt, numberAt, stringAt } from '../../lib/ocf/json.ts'
import { commonOptions } from '../common-options.ts'
import { answerOf, brokenAnswer, jsonObjects } from '../device-answer.ts'
import type { Driver, DriverContext } from '../driver.ts'
import type { Outlet, PowerState, PowerSwitch, Reading } from '../power-switch.ts'
import { noSuchPlug, SwitchFailure } from '../power-switch.ts'

/**
 * ESPHome's web_server component. Plugs are switch names ("Rack Left", also written Rack_Left or
 * Rack%20Left; addressed so since 2026.1) or object ids (rack_left; before).
 */
export const esphome: Driver = {
  name: 'esphome',
  title: 'ESPHome device with web_server',
  options: [],
  port: 80,
  tls: false,
  patienceMs: 20_000,
  darkMs: 3000,
  caution: 'Set restore_mode to RESTORE_DEFAULT_OFF or ALWAYS_OFF; a switch with assumed_state is refused.',
  open,
}

function open(context: DriverContext): PowerSwitch {
  const [host = ''] = context.hosts
  const device = `esphome ${host}`
  const { password } = context
  const username = context.read(commonOptions.username) ?? 'admin'
  const http = context.http(
    host,
    password === undefined ? { kind: 'none' } : { kind: 'digest', username, password },
  )
  const addresses = new Map<string, string>()
  /** Finds under which of its names the device knows the switch, and reads it there. */
  const look = async (plug: string): Promise<Json> => {
    const known = addresses.get(plug)
    for (const name of known === undefined ? namesOf(plug) : [known]) {
      const reply = await http.request({ path: `/switch/${encodeURIComponent(name)}?detail=all` })
      if (reply.status === 404) continue
      if (reply.status !== 200) throw brokenAnswer(device, `HTTP ${reply.status}`)
      addresses.set(plug, name)
      return answerOf(reply.body, device)
    }
    throw noSuchPlug(plug, device, [])
  }
  const events = async () => {
    const reply = await http.request({
      path: '/events',
      headers: { accept: 'text/event-stream' },
      quietMs: 400,
    })
    if (reply.status !== 200) throw brokenAnswer(device, `HTTP ${reply.status}`)
    return jsonObjects(reply.body)
  }
  return {
    async read(plug) {
      return readingOf(await look(plug), device)
    },
    async set(plug, to) {
      if (!addresses.has(plug)) await look(plug)
      const reply = await http.request({
        method: 'POST',
        path: `/switch/${encodeURIComponent(addresses.get(plug) ?? plug)}/turn_${to}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: '',
      })
      if (reply.status !== 200) throw brokenAnswer(device, `HTTP ${reply.status}`)
    },
    async identity() {
      const titles = (await events()).map(event => stringAt(event, 'title') ?? '')
      return [...new Set(titles.filter(title => title !== ''))]
    },
    async hazards(plugs) {
      const found: string[] = []
      for (const plug of plugs) {
        if (booleanAt(await look(plug), 'assumed_state') === true)
          found.push(`switch ${plug} has assumed_state: it cannot be read back and will not be fenced with`)
      }
      return found
    },
    async outlets() {
      const found = new Map<string, Outlet>()
      for (const event of await events()) {
        const id = /^switch[-/](.+)$/.exec(stringAt(event, 'id') ?? stringAt(event, 'name_id') ?? '')?.[1]
        if (id !== undefined)
          found.set(id, {
            plug: id.replaceAll(' ', '_'),
            alias: stringAt(event, 'name') ?? '',
            state: stateOf(event),
          })
      }
      return [...found.values()]
    },
  }
}

/** The forms under which a device may know a plug: as written, decoded, with spaces, as an object id. */
function namesOf(plug: string): readonly string[] {
  const decoded = plug.replaceAll('%20', ' ')
  const objectId = decoded.toLowerCase().replace(/[^a-z0-9]+/g, '_')
  return [...new Set([decoded, decoded.replaceAll('_', ' '), objectId])]
}

function readingOf(answer: Json | undefined, device: string): Reading {
  if (booleanAt(answer, 'assumed_state') === true)
    throw new SwitchFailure('final', `${device}: the switch only assumes its state, so no off can be proved`)
  const state = stateOf(answer)
  const seen = `${device}: switch has state ${String(at(answer, 'state')).slice(0, 20)}`
  return { state, seen }
}

/** The word and the value must agree; either alone was seen in firmware of some year. */
function stateOf(answer: Json | undefined): PowerState {
  const word = stringAt(answer, 'state')
  const value = booleanAt(answer, 'value') ?? { 0: false, 1: true }[numberAt(answer, 'value') ?? -1]
  if (word === 'OFF' && value !== true) return 'off'
  return word === 'ON' && value !== false ? 'on' : 'unknown'
}
