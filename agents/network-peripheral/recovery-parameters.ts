import { durationParameter } from '../../lib/ocf/duration.ts'
import { listParameter } from '../../lib/ocf/list-parameter.ts'
import { declare } from '../../lib/ocf/parameter.ts'
import {
  integerParameter,
  pathParameter,
  selectParameter,
  stringParameter,
} from '../../lib/ocf/parameters.ts'

export const recovery = selectParameter({
  name: 'recovery',
  shortdesc: 'Whether a hung radio is cured',
  longdesc:
    'power-cycle: the node whose connection proves the hang cuts and restores the power of the peripheral with the installed fence_homelab, one step a monitor.',
  example: 'power-cycle',
  default: 'none',
  choices: ['none', 'power-cycle'],
  reloadable: true,
})

export const recoveryDriver = stringParameter({
  name: 'recovery_driver',
  shortdesc: 'Driver of fence_homelab that switches its power',
  longdesc: 'poe, or that of a plug: tasmota, shelly1, shelly2, esphome, netio, kasa.',
  example: 'poe',
  pattern: /^(?:poe|tasmota|shelly1|shelly2|esphome|netio|kasa)$/,
  shape: 'a driver for ports and plugs (man fence_homelab)',
  reloadable: true,
})

export const recoveryIp = stringParameter({
  name: 'recovery_ip',
  shortdesc: 'Address of the switch or plug',
  longdesc: 'An address rather than a name.',
  example: '192.0.2.2',
  pattern: /^[A-Za-z0-9.:_-]{1,253}$/,
  shape: 'an address',
  reloadable: true,
})

export const recoveryPlug = stringParameter({
  name: 'recovery_plug',
  shortdesc: 'Port or outlet of the peripheral',
  longdesc: 'As fence_homelab counts them.',
  example: '5',
  pattern: /^[\w .:-]{1,64}$/,
  shape: 'a port or outlet',
  reloadable: true,
})

export const recoveryMac = stringParameter({
  name: 'recovery_mac',
  shortdesc: 'MAC address of the peripheral',
  longdesc:
    'Required with poe: a port is cut only when the switch has learnt this address there, and no other, so that no uplink is ever cut.',
  example: 'a0:b7:65:00:00:01',
  pattern: /^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$/,
  shape: 'a MAC address',
  reloadable: true,
})

export const recoveryPasswordFile = pathParameter({
  name: 'recovery_password_file',
  shortdesc: 'File with the password or SNMP community',
  longdesc: 'Handed on to fence_homelab as password_file.',
  example: '/etc/haha/switch.password',
  reloadable: true,
})

export const recoveryOptions = listParameter({
  name: 'recovery_options',
  shortdesc: 'Further options of fence_homelab',
  longdesc: 'name=value each, no secrets: use recovery_password_file.',
  example: 'snmp_version=3 username=haha',
  each: text => (/^(?!pass|action=|plug=)[a-z][a-z0-9_]{1,40}=[^\r\n]{1,200}$/.test(text) ? text : undefined),
  itemShape: 'name=value',
  reloadable: true,
})

export const recoveryCooldown = durationParameter({
  name: 'recovery_cooldown',
  shortdesc: 'Least time between two recoveries',
  longdesc: 'It must be longer than the peripheral takes to boot.',
  example: '10min',
  default: '10min',
  minMs: 60_000,
  maxMs: 86_400_000,
  reloadable: true,
})

export const recoveryLimit = integerParameter({
  name: 'recovery_limit',
  shortdesc: 'Recoveries within a day',
  longdesc: 'Counted over all nodes. What they did not cure is told, and left to people.',
  example: '3',
  default: '3',
  min: 1,
  max: 20,
  reloadable: true,
})

export const recoveryService = declare(
  {
    name: 'recovery_service',
    shortdesc: 'Service to restart afterwards: resource/service',
    longdesc:
      'Service of a compose-stack resource on the same node, which restarts it alone and in place, under its own rules.',
    example: 'p_stack/zigbee2mqtt',
    reloadable: true,
  },
  {
    type: 'string',
    expected: 'resource/service',
    read: text => {
      const match = /^([A-Za-z0-9_.-]{1,64})\/([A-Za-z0-9._-]{1,100})$/.exec(text.trim())
      const [, resource, service] = match ?? []
      return resource === undefined || service === undefined ? undefined : { resource, service }
    },
  },
)
