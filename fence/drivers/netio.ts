import type { Json } from '../../lib/ocf/json.ts'
import { itemsAt, numberAt, stringAt } from '../../lib/ocf/json.ts'
import { commonOptions } from '../common-options.ts'
import { answerOf, brokenAnswer } from '../device-answer.ts'
import type { Driver, DriverContext } from '../driver.ts'
import { numberedPlug } from '../plugs.ts'
import type { PowerState, PowerSwitch } from '../power-switch.ts'
import { noSuchPlug } from '../power-switch.ts'

/**
 * NETIO power sockets by their JSON API over HTTP. Plugs are output numbers from 1. Sources: the vendor's
 * manuals, section "M2M API Protocols" (actions; a short off may bring its own duration), and the vendor's
 * PyNetio (fields of an output, Delay in milliseconds).
 */
export const netio: Driver = {
  name: 'netio',
  title: 'NETIO PowerPDU, PowerBOX, PowerCable (JSON over HTTP)',
  options: [],
  port: 80,
  tls: false,
  patienceMs: 20_000,
  darkMs: 3000,
  caution: 'The JSON API needs read-write access, and should ask for a login of its own.',
  open,
}

/** What an output is told to do (NETIO JSON M2M protocol, "Action"). */
const command = { off: 0, on: 1, shortOff: 2 } as const

function open(context: DriverContext): PowerSwitch {
  const [host = ''] = context.hosts
  const device = `netio ${host}`
  const { password } = context
  const username = context.read(commonOptions.username) ?? 'netio'
  const http = context.http(
    host,
    password === undefined ? { kind: 'none' } : { kind: 'basic', username, password },
  )
  const ask = async (outputs?: readonly Readonly<Record<string, number>>[]): Promise<Json> => {
    const reply = await http.request({
      path: '/netio.json',
      ...(outputs === undefined
        ? {}
        : {
            method: 'POST',
            body: JSON.stringify({ Outputs: outputs }),
            headers: { 'content-type': 'application/json' },
          }),
    })
    if (reply.status !== 200) throw brokenAnswer(device, `HTTP ${reply.status}`)
    return answerOf(reply.body, device)
  }
  const turnedOff = new Set<string>()
  const output = async (plug: string): Promise<Json> => {
    const id = numberedPlug(plug, 1, 64)
    const all = itemsAt(await ask(), 'Outputs')
    const own = all.find(candidate => numberAt(candidate, 'ID') === id)
    if (all.length === 0) throw brokenAnswer(device, 'no Outputs')
    if (id === undefined || own === undefined)
      throw noSuchPlug(
        plug,
        device,
        all.map(candidate => String(numberAt(candidate, 'ID'))),
      )
    return own
  }
  return {
    async read(plug) {
      const own = await output(plug)
      const state = stateOf(own)
      const seen = `${device}: output ${plug} has State ${String(numberAt(own, 'State'))}`
      // A short off of somebody's looks like an off and turns it on again, and most firmware answers
      // Action 6 whatever runs: only an off that was asked for after it lasts.
      const lasts = turnedOff.has(plug) && numberAt(own, 'Action') !== command.shortOff
      if (state !== 'off' || lasts) return { state, seen }
      return { state, seen, temporary: `${seen}, but a short off may run that turns it on again` }
    },
    async set(plug, to) {
      await ask([{ ID: Number(plug), Action: command[to] }])
      if (to === 'off') turnedOff.add(plug)
      else turnedOff.delete(plug)
    },
    async cycle(plug, offSeconds) {
      await ask([{ ID: Number(plug), Action: command.shortOff, Delay: offSeconds * 1000 }])
    },
    async meter(plug) {
      const watts = numberAt(await output(plug), 'Load')
      return watts === undefined ? undefined : { watts }
    },
    async identity() {
      const agent = await ask()
      const names = ['MAC', 'SerialNumber', 'DeviceName'].map(key => stringAt(agent, 'Agent', key) ?? '')
      return names.filter(name => name !== '')
    },
    hazards: async () => [],
    async outlets() {
      return itemsAt(await ask(), 'Outputs').map(own => ({
        plug: String(numberAt(own, 'ID') ?? ''),
        alias: stringAt(own, 'Name') ?? '',
        state: stateOf(own),
      }))
    },
  }
}

function stateOf(output: Json | undefined): PowerState {
  const state = numberAt(output, 'State')
  if (state === 1) return 'on'
  return state === 0 ? 'off' : 'unknown'
}
