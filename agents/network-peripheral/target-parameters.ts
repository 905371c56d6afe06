import { durationParameter } from '../../lib/ocf/duration.ts'
import { listParameter } from '../../lib/ocf/list-parameter.ts'
import { ParameterError, shown } from '../../lib/ocf/parameter.ts'
import {
  integerParameter,
  pathParameter,
  selectParameter,
  stringParameter,
} from '../../lib/ocf/parameters.ts'
import { readEndpoint } from './endpoint.ts'
import { parseTarget, type Target } from './targets/target.ts'

const targetExample = 'icmp://192.0.2.20 esphome://192.0.2.21'

export const name = stringParameter({
  name: 'name',
  shortdesc: 'Name of the peripheral and of its node attribute',
  longdesc:
    'The node attribute of this name is 0 on a node that cannot reach the peripheral while another node can, and 1 otherwise. Write constraints with it.',
  example: 'coordinator',
  required: true,
  pattern: /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/,
  shape: 'a name (letters, digits, _ . -)',
  uniqueGroup: 'name',
})

export const targets = listParameter<Target>({
  name: 'targets',
  shortdesc: 'What is asked for a sign of life',
  longdesc:
    'URLs: icmp://host, esphome://host[:port][/name or MAC], mqtt://host[:port], http(s)://host[:port]/path, rtsp://host[:port]/path, knx://host[:port], tcp://host:port. Names are resolved at start alone. Never the port of a serial bridge: a second client harms the session of the first.',
  example: targetExample,
  required: true,
  each: text => {
    const target = parseTarget(text)
    if ('reason' in target)
      throw new ParameterError('targets', `'${shown(text)}': ${target.reason}`, targetExample)
    return target
  },
  itemShape: 'a target',
  reloadable: true,
})

export const require = stringParameter({
  name: 'require',
  shortdesc: 'How many targets must answer',
  longdesc: 'all, any, or a number.',
  example: 'all',
  default: 'all',
  pattern: /^(?:all|any|[1-9]\d?)$/,
  shape: 'all, any or a number from 1 to 99',
  reloadable: true,
})

export const serialPorts = listParameter({
  name: 'serial_ports',
  shortdesc: 'Ports of serial bridges, which are never connected to',
  longdesc:
    'host:port of serial and Modbus bridges: a target there is refused. The port of session is always one.',
  example: '192.0.2.20:6638',
  each: readEndpoint,
  itemShape: 'host:port',
  reloadable: true,
})

export const failCount = integerParameter({
  name: 'fail_count',
  shortdesc: 'Failures in a row that count',
  longdesc: 'Monitors in a row that must fail before the node attribute may become 0.',
  example: '2',
  default: '2',
  min: 1,
  max: 100,
  reloadable: true,
})

export const riseCount = integerParameter({
  name: 'rise_count',
  shortdesc: 'Successes in a row that count',
  longdesc: 'Monitors in a row that must succeed before the node attribute becomes 1 again.',
  example: '2',
  default: '2',
  min: 1,
  max: 100,
  reloadable: true,
})

export const advantageCount = integerParameter({
  name: 'advantage_count',
  shortdesc: 'Failures during which another node must reach it',
  longdesc:
    'In so many failing monitors in a row another node must have proved afresh that it reaches the peripheral, before the attribute becomes 0.',
  example: '2',
  default: '2',
  min: 1,
  max: 100,
  reloadable: true,
})

export const attempts = integerParameter({
  name: 'attempts',
  shortdesc: 'Tries within one monitor',
  longdesc: 'How often a target that gives no answer is asked within one monitor.',
  example: '3',
  default: '3',
  min: 1,
  max: 10,
  reloadable: true,
})

export const probeTimeout = durationParameter({
  name: 'probe_timeout',
  shortdesc: 'How long one try waits',
  longdesc: 'For each try; all tries of all targets run side by side.',
  example: '1s',
  default: '1s',
  minMs: 100,
  maxMs: 60_000,
  reloadable: true,
})

export const esphomeKeyFile = pathParameter({
  name: 'esphome_key_file',
  shortdesc: 'File with the Noise key of the ESPHome targets',
  longdesc:
    "The api encryption key in base64, in a file of root's with mode 0600 on a local filesystem. Without it the greeting of an encrypted device is the sign of life.",
  example: '/etc/haha/coordinator.key',
})

export const mqttLoginFile = pathParameter({
  name: 'mqtt_login_file',
  shortdesc: 'File with the login for the MQTT targets',
  longdesc:
    "user:password on the first line, in a file of root's with mode 0600 on a local filesystem. A broker that refuses the anonymous lives all the same: this keeps its log clean.",
  example: '/etc/haha/broker.login',
})

export const failureMode = selectParameter({
  name: 'failure_mode',
  shortdesc: 'What monitor answers for a fault out there',
  longdesc:
    'degraded: 190, shown by Pacemaker and never counted. attribute: 0; only log and attributes tell it. Never 1: that would use up migration-threshold and end the watch.',
  example: 'degraded',
  default: 'degraded',
  choices: ['degraded', 'attribute'],
  reloadable: true,
})

export const healthAttribute = stringParameter({
  name: 'health_attribute',
  shortdesc: 'Node health attribute that becomes yellow',
  longdesc:
    'Opt-in: yellow while this node alone cannot reach the peripheral, green otherwise, never red. It concerns every resource of the node.',
  example: '#health-coordinator',
  pattern: /^#health-[A-Za-z0-9_-]{1,48}$/,
  shape: 'a name that begins with #health-',
  reloadable: true,
})
