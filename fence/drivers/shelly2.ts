import type { Json } from '../../lib/ocf/json.ts'
import { at, booleanAt, entriesOf, itemsAt, numberAt, stringAt } from '../../lib/ocf/json.ts'
import { commonOptions } from '../common-options.ts'
import { answerOf, brokenAnswer } from '../device-answer.ts'
import type { Driver, DriverContext } from '../driver.ts'
import { numberedPlug, plugMeans } from '../plugs.ts'
import type { Outlet, PowerSwitch, Reading } from '../power-switch.ts'
import { noSuchPlug, SwitchFailure } from '../power-switch.ts'

/**
 * Shelly of the second generation and later (Plus, Pro, Gen3, Gen4): RPC over HTTP. Plugs are switch ids
 * from 0. Source: the vendor's API reference (shelly-api-docs.shelly.cloud/gen2, Switch): toggle_after is a
 * flip-back in seconds; timer_duration is told only while a timer runs.
 */
export const shelly2: Driver = {
  name: 'shelly2',
  title: 'Shelly Gen2 and later (RPC over HTTP, digest login)',
  options: [],
  port: 80,
  tls: false,
  patienceMs: 20_000,
  darkMs: 3000,
  caution: 'Set initial_state to restore_last or off, and auto_on to false.',
  open,
}

function open(context: DriverContext): PowerSwitch {
  const [host = ''] = context.hosts
  const device = `shelly ${host}`
  const { password } = context
  const username = context.read(commonOptions.username) ?? 'admin'
  const http = context.http(
    host,
    password === undefined ? { kind: 'none' } : { kind: 'digest', username, password },
  )
  const call = async (method: string, query: string, plug: string): Promise<Json> => {
    const reply = await http.request({ path: `/rpc/${method}${query}`, accept: [400, 404, 500] })
    const answer = answerOf(reply.body, device)
    const code = numberAt(answer, 'code')
    if (reply.status === 200) return answer
    // -105: no component of that id; -114: the method is not known, as on a device without this component.
    if (code === -105 || code === -114) throw noSuchPlug(plug, device, [])
    throw new SwitchFailure(
      'transient',
      `${device} failed at ${method} (HTTP ${reply.status}, code ${code ?? 'none'})`,
    )
  }
  const switchCall = (name: string, plug: string, more = '') => {
    const id = numberedPlug(plug, 0, 99)
    if (id === undefined) throw noSuchPlug(plug, device, ['switches from 0'])
    return call(`Switch.${name}`, `?id=${id}${more}`, plug)
  }
  return {
    async read(plug) {
      return readingOf(await switchCall('GetStatus', plug), plug, device)
    },
    async set(plug, to) {
      await switchCall('Set', plug, `&on=${to === 'on'}`)
    },
    async cycle(plug, offSeconds) {
      await switchCall('Set', plug, `&on=false&toggle_after=${offSeconds}`)
    },
    async meter(plug) {
      const watts = numberAt(await switchCall('GetStatus', plug), 'apower')
      return watts === undefined ? undefined : { watts }
    },
    async identity() {
      const info = await call('Shelly.GetDeviceInfo', '', '')
      return ['id', 'mac', 'name'].map(key => stringAt(info, key) ?? '').filter(name => name !== '')
    },
    async hazards(plugs) {
      const found: string[] = []
      for (const plug of plugs) found.push(...configHazards(await switchCall('GetConfig', plug), plug))
      const schedule = await call('Schedule.List', '', '').catch(() => undefined)
      for (const job of itemsAt(schedule, 'jobs')) {
        const switching = itemsAt(job, 'calls').some(entry =>
          /^switch\./i.test(stringAt(entry, 'method') ?? ''),
        )
        if (booleanAt(job, 'enable') === true && switching)
          found.push(`schedule ${numberAt(job, 'id') ?? '?'} switches outlets by the clock: delete it`)
      }
      return found
    },
    async outlets() {
      const status = await call('Shelly.GetStatus', '', '')
      const config = await call('Shelly.GetConfig', '', '')
      return entriesOf(status).flatMap(([key, value]): Outlet[] => {
        const plug = /^switch:(\d+)$/.exec(key)?.[1]
        if (plug === undefined) return []
        const on = booleanAt(value, 'output')
        const state = on === undefined ? 'unknown' : on ? 'on' : 'off'
        return [{ plug, alias: stringAt(config, key, 'name') ?? '', state }]
      })
    },
  }
}

function readingOf(answer: Json | undefined, plug: string, device: string): Reading {
  const output = booleanAt(answer, 'output')
  if (output === undefined || !plugMeans(plug, String(numberAt(answer, 'id'))))
    throw brokenAnswer(device, JSON.stringify(answer))
  const seen = `${device}: switch ${plug} has output ${output}`
  const duration = numberAt(answer, 'timer_duration')
  if (output || duration === undefined) return { state: output ? 'on' : 'off', seen }
  return { state: 'off', seen, temporary: `${seen}, but a timer turns it on after ${duration} s (auto_on?)` }
}

function configHazards(config: Json | undefined, plug: string): readonly string[] {
  const found: string[] = []
  const initial = stringAt(config, 'initial_state')
  if (booleanAt(config, 'auto_on') === true)
    found.push(
      `switch ${plug}: auto_on turns it on again after ${numberAt(at(config), 'auto_on_delay') ?? '?'} s`,
    )
  if (initial === 'on' || initial === 'match_input')
    found.push(
      `switch ${plug}: initial_state=${initial} can turn it on when the plug restarts (set restore_last)`,
    )
  if (stringAt(config, 'in_mode') === 'follow' || stringAt(config, 'in_mode') === 'flip')
    found.push(
      `switch ${plug}: in_mode=${stringAt(config, 'in_mode')} lets its wall switch turn it on (set detached)`,
    )
  if (booleanAt(config, 'auto_off') === true)
    found.push(`switch ${plug}: auto_off cuts the node's power by itself (set auto_off false)`)
  return found
}
