import {
  booleanParameter,
  integerParameter,
  selectParameter,
  stringParameter,
} from '../../lib/ocf/parameters.ts'
import { commonOptions } from '../common-options.ts'
import type { Driver, DriverContext } from '../driver.ts'
import type { ReadOption } from '../options.ts'
import { option } from '../options.ts'
import type { PowerSwitch, Reading } from '../power-switch.ts'
import { noSuchPlug, SwitchFailure } from '../power-switch.ts'
import type { SnmpClient, SnmpLogin } from '../snmp/client.ts'

const options = {
  version: option(
    selectParameter({
      name: 'snmp_version',
      shortdesc: 'SNMP version',
      longdesc: '2c with a community, or 3 with a user and its passwords.',
      example: '3',
      default: '2c',
      choices: ['2c', '3'],
    }),
  ),
  community: option(
    stringParameter({
      name: 'community',
      shortdesc: 'SNMP community that may write',
      longdesc: 'The community of version 2c. password does as well, and its sources.',
      example: 'secret',
    }),
    { letter: 'c', secret: true },
  ),
  authProtocol: option(
    selectParameter({
      name: 'snmp_auth_prot',
      shortdesc: 'SNMPv3 authentication protocol',
      longdesc: 'How messages are authenticated with password.',
      example: 'SHA256',
      default: 'SHA',
      choices: ['MD5', 'SHA', 'SHA224', 'SHA256', 'SHA384', 'SHA512'],
    }),
  ),
  privacyPassword: option(
    stringParameter({
      name: 'snmp_priv_passwd',
      shortdesc: 'SNMPv3 privacy password',
      longdesc:
        'Set: messages are encrypted with AES-128 (authPriv). Unset: authenticated alone (authNoPriv).',
      example: 'secret',
    }),
    { secret: true },
  ),
  mib: option(
    selectParameter({
      name: 'poe_mib',
      shortdesc: 'Which objects switch the port',
      longdesc:
        'ietf: pethPsePortAdminEnable of RFC 3621; cisco: cpeExtPsePortEnable of CISCO-POWER-ETHERNET-EXT-MIB.',
      example: 'ietf',
      default: 'ietf',
      choices: ['ietf', 'cisco'],
    }),
  ),
  powersNode: option(
    booleanParameter({
      name: 'poe_powers_node',
      shortdesc: 'The port feeds the node',
      longdesc:
        'Says that the node has no power but this port. Without it nothing is fenced: a port that is off cuts a network cable, not a node.',
      example: '1',
      default: 'false',
    }),
  ),
  peripheralMac: option(
    stringParameter({
      name: 'peripheral_mac',
      shortdesc: 'MAC address of the one peripheral on the port',
      longdesc:
        'For a power-cycle of a peripheral: its port is switched only after the switch has learnt this address there, and no other. It keeps an uplink from being cut.',
      example: 'a0:b7:65:00:00:01',
      pattern: /^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$/,
      shape: 'a MAC address',
    }),
  ),
  bridgePort: option(
    integerParameter({
      name: 'poe_bridge_port',
      shortdesc: "Number of the port in the switch's address table",
      longdesc:
        'Where the address table (BRIDGE-MIB) counts ports otherwise than PoE does. Unset: the number of plug.',
      example: '5',
      min: 1,
      max: 65_535,
    }),
  ),
}

/** PoE switches by SNMP. Plugs are `port` or `group.port`, as pethPsePortTable counts them. */
export const poe: Driver = {
  name: 'poe',
  title: 'PoE port of a managed switch (SNMP v2c or v3)',
  options: Object.values(options),
  port: 161,
  tls: false,
  patienceMs: 20_000,
  darkMs: 5000,
  caution:
    'Never a fencing level of its own for a node that has another power source: then only inside a level, beside the device that cuts that source.',
  problems,
  open,
}

const pethAdminEnable = '1.3.6.1.2.1.105.1.1.1.3'
const pethDetectionStatus = '1.3.6.1.2.1.105.1.1.1.6'
/** cpeExtPsePortEnable of CISCO-POWER-ETHERNET-EXT-MIB: auto(1), static(2), limit(3), disable(4). */
const ciscoPortEnable = '1.3.6.1.4.1.9.9.402.1.2.1.1'
/** dot1dTpFdbPort and dot1qTpFdbPort: from a learnt address to the port behind which it lives. */
const addressTables = ['1.3.6.1.2.1.17.7.1.2.2.1.2', '1.3.6.1.2.1.17.4.3.1.2']
const deliveringPower = 3

function problems({ read, password }: { read: ReadOption; password: string | undefined }): readonly string[] {
  const found: string[] = []
  const peripheral = read(options.peripheralMac)
  const node = read(commonOptions.nodename)
  if (!read(options.powersNode) && (node !== undefined || peripheral === undefined))
    found.push(
      'a PoE port fences a node only with poe_powers_node=1, and a peripheral only with peripheral_mac; nothing done',
    )
  if (read(options.version) === '2c') {
    if ((read(options.community) ?? password) === undefined)
      found.push('poe needs community (or snmp_version=3)')
  } else if (read(commonOptions.username) === undefined || (password ?? '').length < 8)
    found.push('poe with snmp_version=3 needs username and a password of 8 characters or more')
  return found
}

function open(context: DriverContext): PowerSwitch {
  const [host = ''] = context.hosts
  const device = `switch ${host}`
  const client = lazyClient(context, host)
  const cisco = context.read(options.mib) === 'cisco'
  const admin = cisco ? ciscoPortEnable : pethAdminEnable
  const values = cisco ? { on: 1, off: 4 } : { on: 1, off: 2 }
  const place = (plug: string): string => {
    const match = /^(?:(\d{1,4})[./])?(\d{1,5})$/.exec(plug)
    if (match?.[2] === undefined) throw noSuchPlug(plug, device, ['ports 1 or 1.1'])
    return `${match[1] ?? '1'}.${match[2]}`
  }
  const read = async (plug: string): Promise<Reading> => {
    const snmp = await client()
    const enabled = await snmp.get(`${admin}.${place(plug)}`)
    if (enabled === undefined) throw noSuchPlug(plug, device, [])
    const detection = await snmp.get(`${pethDetectionStatus}.${place(plug)}`)
    const seen = `${device}: port ${plug} has admin ${String(enabled)}, detection ${String(detection ?? 'none')}`
    if (enabled === values.off) return { state: detection === deliveringPower ? 'on' : 'off', seen }
    const on = typeof enabled === 'number' && enabled >= 1 && enabled < values.off
    return { state: on ? 'on' : 'unknown', seen }
  }
  return {
    read,
    async set(plug, to) {
      const snmp = await client()
      const peripheral = context.read(options.peripheralMac)
      if (to === 'off' && peripheral !== undefined)
        await requireAlone(
          snmp,
          context.read(options.bridgePort) ?? Number(place(plug).split('.')[1]),
          peripheral,
        )
      await snmp.set(`${admin}.${place(plug)}`, values[to])
    },
    async identity() {
      const snmp = await client()
      const base = await snmp.get('1.3.6.1.2.1.17.1.1.0')
      const name = await snmp.get('1.3.6.1.2.1.1.5.0')
      const mac =
        Buffer.isBuffer(base) && base.length === 6 ? base.toString('hex').replace(/..(?=.)/g, '$&:') : ''
      return [mac, Buffer.isBuffer(name) ? name.toString('utf8') : ''].filter(text => text !== '')
    },
    async hazards(plugs) {
      const found: string[] = []
      for (const plug of plugs) {
        const { state, seen } = await read(plug)
        if (state !== 'on') found.push(`${seen}: it feeds nothing now`)
      }
      return found
    },
    async outlets() {
      const ports = await (await client()).walk(admin, 512)
      return ports.map(({ oid, value }) => ({
        plug: oid.split('.').slice(-2).join('.'),
        alias: '',
        state: value === values.off ? 'off' : 'on',
      }))
    },
  }
}

/** @throws SwitchFailure unless the address was learnt on that port and is the only one there */
async function requireAlone(snmp: SnmpClient, port: number, mac: string): Promise<void> {
  const wanted = mac
    .toLowerCase()
    .split(/[:-]/)
    .map(part => Number.parseInt(part, 16))
    .join('.')
  const there = new Set<string>()
  for (const table of addressTables) {
    for (const { oid, value } of await snmp.walk(table, 4096))
      if (value === port) there.add(oid.split('.').slice(-6).join('.'))
  }
  if (!there.has(wanted))
    throw new SwitchFailure(
      'final',
      `${mac} was not learnt on port ${port}: nothing switched, check plug and cabling`,
    )
  if (there.size > 1)
    throw new SwitchFailure(
      'final',
      `${there.size} addresses live on port ${port}: it may be an uplink, nothing switched`,
    )
}

function lazyClient(context: DriverContext, host: string): () => Promise<SnmpClient> {
  let client: SnmpClient | undefined
  return async () => {
    if (client === undefined) {
      const { createSnmpClient } = await import('../snmp/client.ts')
      const { budget, port, report } = context
      client = createSnmpClient({ host, port, login: loginOf(context), budget, detail: report.detail })
    }
    return client
  }
}

function loginOf({ read, password }: DriverContext): SnmpLogin {
  if (read(options.version) === '2c')
    return { version: '2c', community: read(options.community) ?? password ?? '' }
  return {
    version: '3',
    user: read(commonOptions.username) ?? '',
    protocol: read(options.authProtocol),
    authPassword: password ?? '',
    privacyPassword: read(options.privacyPassword),
  }
}
