import type { Json } from '../../lib/ocf/json.ts'
import { itemsAt, stringAt } from '../../lib/ocf/json.ts'
import { commonOptions } from '../common-options.ts'
import { answerOf, brokenAnswer } from '../device-answer.ts'
import type { Driver, DriverContext } from '../driver.ts'
import type { PowerState, PowerSwitch } from '../power-switch.ts'
import { noSuchPlug, SwitchFailure } from '../power-switch.ts'

/**
 * Baseboard controllers by Redfish (DMTF DSP0266). Plugs are system ids as the controller lists them. No
 * cycle of its own: during a PowerCycle or ForceRestart no Off can be read.
 */
export const redfish: Driver = {
  name: 'redfish',
  title: 'Server management controller (Redfish over HTTPS)',
  options: [],
  port: 443,
  tls: true,
  // A controller dies with the power of its server; then the next level has to act.
  patienceMs: 5000,
  darkMs: 0,
  caution: 'The controller loses its power together with the server: put a plug or PDU in the next level.',
  problems: ({ read, password }) =>
    read(commonOptions.username) === undefined || password === undefined
      ? ['redfish needs username and password']
      : [],
  open,
}

function open(context: DriverContext): PowerSwitch {
  const [host = ''] = context.hosts
  const device = `redfish ${host}`
  const username = context.read(commonOptions.username) ?? ''
  const http = context.http(host, { kind: 'basic', username, password: context.password ?? '' })
  const get = async (path: string): Promise<Json> => {
    const reply = await http.request({ path })
    if (reply.status === 404) throw noSuchPlug(path, device, [])
    if (reply.status !== 200) throw brokenAnswer(device, `HTTP ${reply.status}`)
    return answerOf(reply.body, device)
  }
  const members = async (): Promise<readonly string[]> => {
    const all = itemsAt(await get('/redfish/v1/Systems'), 'Members')
    return all.map(member => stringAt(member, '@odata.id') ?? '').filter(path => path !== '')
  }
  const systemPath = async (plug: string): Promise<string> => {
    const paths = await members()
    const found = paths.find(path => path === plug || idOf(path) === plug)
    if (found === undefined) throw noSuchPlug(plug, device, paths.map(idOf))
    return found
  }
  const paths = new Map<string, string>()
  const takenOff = new Set<string>()
  const system = async (plug: string): Promise<Json> => {
    const path = paths.get(plug) ?? (await systemPath(plug))
    paths.set(plug, path)
    return get(path)
  }
  return {
    async read(plug) {
      const power = stringAt(await system(plug), 'PowerState')
      return {
        state: stateOf(power),
        seen: `${device}: system ${plug} is ${power ?? 'without a PowerState'}`,
      }
    },
    async set(plug, to) {
      const action = ['Actions', '#ComputerSystem.Reset'] as const
      const facts = await system(plug)
      // A controller may queue a second ForceOff, and carry it out after the On of a reboot. The first one
      // is always sent: a graceful shutdown that hangs is PoweringOff too.
      if (to === 'off' && takenOff.has(plug) && stringAt(facts, 'PowerState') === 'PoweringOff') return
      const target = stringAt(facts, ...action, 'target')
      if (target === undefined) throw brokenAnswer(device, 'no ComputerSystem.Reset')
      const ResetType = to === 'on' ? 'On' : 'ForceOff'
      const allowed = itemsAt(facts, ...action, 'ResetType@Redfish.AllowableValues')
      if (allowed.length > 0 && !allowed.includes(ResetType))
        throw new SwitchFailure('final', `${device} does not offer ${ResetType} for system ${plug}`)
      const headers = { 'content-type': 'application/json' }
      const reply = await http.request({
        method: 'POST',
        path: target,
        headers,
        body: JSON.stringify({ ResetType }),
      })
      if (reply.status >= 300)
        throw new SwitchFailure('transient', `${device} answered ${ResetType} with HTTP ${reply.status}`)
      if (to === 'off') takenOff.add(plug)
    },
    async identity(plugs) {
      const [plug = idOf((await members())[0] ?? '')] = plugs
      const facts = await system(plug)
      const names = ['UUID', 'SerialNumber', 'HostName'].map(key => stringAt(facts, key) ?? '')
      return names.filter(name => name !== '')
    },
    async hazards(plugs) {
      const found: string[] = []
      for (const plug of plugs) {
        const facts = await system(plug)
        if (stringAt(facts, 'PowerState') === 'Paused')
          found.push(`system ${plug} is paused, which is not off`)
        const policy = stringAt(facts, 'PowerRestorePolicy')
        if (policy === 'AlwaysOn')
          found.push(`system ${plug}: PowerRestorePolicy AlwaysOn turns it on after a power cut`)
      }
      return found
    },
    async outlets() {
      const found = []
      for (const path of await members()) {
        const facts = await get(path)
        const alias = stringAt(facts, 'HostName') ?? stringAt(facts, 'Name') ?? ''
        found.push({ plug: idOf(path), alias, state: stateOf(stringAt(facts, 'PowerState')) })
      }
      return found
    },
  }
}

function idOf(path: string): string {
  return path.replace(/\/+$/, '').split('/').at(-1) ?? ''
}

/** PoweringOff is still on, and PoweringOn is not yet on. */
function stateOf(power: string | undefined): PowerState {
  if (power === 'On' || power === 'PoweringOff') return 'on'
  return power === 'Off' ? 'off' : 'unknown'
}
