import type { Json } from '../../lib/ocf/json.ts'
import { at, booleanAt, itemsAt, numberAt, stringAt } from '../../lib/ocf/json.ts'
import { commonOptions } from '../common-options.ts'
import { answerOf, brokenAnswer } from '../device-answer.ts'
import type { Driver, DriverContext } from '../driver.ts'
import { numberedPlug } from '../plugs.ts'
import type { PowerSwitch } from '../power-switch.ts'
import { noSuchPlug } from '../power-switch.ts'

/**
 * Shelly of the first generation: plain HTTP requests. Plugs are relay numbers from 0. Source: the vendor's
 * API reference (shelly-api-docs.shelly.cloud/gen1): `timer` is a one-shot flip-back in seconds, has_timer
 * says that one runs, auto_on and auto_off in /settings are seconds, 0 when they are not used.
 */
export const shelly1: Driver = {
  name: 'shelly1',
  title: 'Shelly Gen1 (HTTP, basic login)',
  options: [],
  port: 80,
  tls: false,
  patienceMs: 20_000,
  darkMs: 3000,
  caution: 'Set default_state to last or off, and auto_on to 0.',
  open,
}

function open(context: DriverContext): PowerSwitch {
  const [host = ''] = context.hosts
  const device = `shelly ${host}`
  const { password } = context
  const username = context.read(commonOptions.username) ?? 'admin'
  const http = context.http(
    host,
    password === undefined ? { kind: 'none' } : { kind: 'basic', username, password },
  )
  const get = async (path: string, plug = '') => {
    const reply = await http.request({ path })
    if (reply.status === 404) throw noSuchPlug(plug, device, [])
    if (reply.status !== 200) throw brokenAnswer(device, `HTTP ${reply.status}`)
    return answerOf(reply.body, device)
  }
  const relay = (plug: string, query = '') => {
    const number = numberedPlug(plug, 0, 9)
    if (number === undefined) throw noSuchPlug(plug, device, ['relays from 0'])
    return get(`/relay/${number}${query}`, plug)
  }
  return {
    async read(plug) {
      const answer = await relay(plug)
      const on = booleanAt(answer, 'ison')
      if (on === undefined) throw brokenAnswer(device, JSON.stringify(answer))
      const seen = `${device}: relay ${plug} has ison ${on}`
      if (on || booleanAt(answer, 'has_timer') !== true) return { state: on ? 'on' : 'off', seen }
      return { state: 'off', seen, temporary: `${seen}, but a timer runs that turns it on (auto_on?)` }
    },
    async set(plug, to) {
      await relay(plug, `?turn=${to}`)
    },
    async cycle(plug, offSeconds) {
      await relay(plug, `?turn=off&timer=${offSeconds}`)
    },
    async meter(plug) {
      const status = await get('/status')
      const meters = itemsAt(status, 'meters')
      const own = at(meters, Number(plug))
      const shared = own === undefined || meters.length < itemsAt(status, 'relays').length
      const meter = own ?? meters[0]
      const watts = numberAt(meter, 'power')
      if (watts === undefined || booleanAt(meter, 'is_valid') === false) return undefined
      const measured = numberAt(meter, 'timestamp')
      return {
        watts,
        shared,
        ...(measured === undefined || measured === 0 ? {} : { timestamp: String(measured) }),
      }
    },
    async identity() {
      const settings = at(await get('/settings'), 'device')
      return [stringAt(settings, 'mac') ?? '', stringAt(settings, 'hostname') ?? ''].filter(
        name => name !== '',
      )
    },
    async hazards(plugs) {
      const relays = itemsAt(await get('/settings'), 'relays')
      return plugs.flatMap(plug => relayHazards(relays[Number(plug)], plug))
    },
    async outlets() {
      const states = itemsAt(await get('/status'), 'relays')
      const settings = itemsAt(await get('/settings'), 'relays')
      return states.map((state, index) => {
        const on = booleanAt(state, 'ison')
        const known = on === undefined ? 'unknown' : on ? 'on' : 'off'
        return { plug: String(index), alias: stringAt(settings, index, 'name') ?? '', state: known }
      })
    },
  }
}

function relayHazards(settings: Json | undefined, plug: string): readonly string[] {
  const found: string[] = []
  const state = stringAt(settings, 'default_state')
  const autoOn = numberAt(settings, 'auto_on')
  if (autoOn !== undefined && autoOn > 0)
    found.push(`relay ${plug}: auto_on turns it on again after ${autoOn} s`)
  if ((numberAt(settings, 'auto_off') ?? 0) > 0)
    found.push(`relay ${plug}: auto_off cuts the node's power by itself`)
  if (state === 'on' || state === 'switch')
    found.push(`relay ${plug}: default_state=${state} can turn it on when the plug restarts (set last)`)
  if (booleanAt(settings, 'schedule') === true)
    found.push(`relay ${plug}: a schedule switches it by the clock`)
  return found
}
