import { durationParameter } from '../../lib/ocf/duration.ts'
import { declare } from '../../lib/ocf/parameter.ts'
import { integerParameter, pathParameter, stringParameter } from '../../lib/ocf/parameters.ts'
import { readCheckUrl } from './check-url.ts'
import { readEndpoint } from './endpoint.ts'

export const session = declare(
  {
    name: 'session',
    shortdesc: 'Where Zigbee2MQTT is connected to: host:port',
    longdesc:
      "The coordinator's serial port. Nobody connects to it: the kernel tells whether the coordinator answers what Zigbee2MQTT sends on its own connection. On nodes without that connection nothing is looked at.",
    example: '192.0.2.20:6638',
    reloadable: true,
  },
  { type: 'string', expected: 'host:port', read: readEndpoint },
)

export const sessionContainer = stringParameter({
  name: 'session_container',
  shortdesc: 'Docker container of Zigbee2MQTT',
  longdesc: 'Name of the container when it has a network of its own: its connections are looked at inside.',
  example: 'house-zigbee2mqtt-1',
  pattern: /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/,
  shape: 'a container name',
  reloadable: true,
})

export const sessionPidFile = pathParameter({
  name: 'session_pid_file',
  shortdesc: 'File with the process id of Zigbee2MQTT',
  longdesc:
    'For an engine other than Docker: connections are looked at in the network namespace of this process.',
  example: '/run/zigbee2mqtt.pid',
  reloadable: true,
})

export const hangSamples = integerParameter({
  name: 'hang_samples',
  shortdesc: 'Samples without an answer that count',
  longdesc: 'Monitors that must each have seen bytes go out and none come back.',
  example: '2',
  default: '2',
  min: 2,
  max: 100,
  reloadable: true,
})

export const hangSeconds = durationParameter({
  name: 'hang_seconds',
  shortdesc: 'How long there must have been no answer',
  longdesc: 'From the first sample without an answer; 13 s are two requests of Zigbee2MQTT.',
  example: '13s',
  default: '13s',
  minMs: 1000,
  maxMs: 3_600_000,
  reloadable: true,
})

export const quietLimit = durationParameter({
  name: 'quiet_limit',
  shortdesc: 'How long the coordinator may be silent',
  longdesc: 'Silence on both sides is no evidence of health; beyond this it is told. 0 switches it off.',
  example: '2h',
  default: '2h',
  reloadable: true,
})

export const logFile = stringParameter({
  name: 'log_file',
  shortdesc: 'Log of Zigbee2MQTT, the second witness',
  longdesc:
    'An absolute path; * stands for the timestamped folders, of which the newest counts. It may lie on storage that hangs: a child nobody waits for reads it.',
  example: '/mnt/iot/zigbee2mqtt/log/*/log.log',
  pattern: /^\/[^\0'"\\]{1,1000}$/,
  shape: 'an absolute path',
  reloadable: true,
})

export const logPattern = stringParameter({
  name: 'log_pattern',
  shortdesc: 'What the log says of a hung radio',
  longdesc: 'An extended regular expression, as grep -E takes it.',
  example: 'SRSP - .* after [0-9]+ ?ms',
  default: 'SRSP - .* after [0-9]+ ?ms',
  reloadable: true,
})

export const logWindow = durationParameter({
  name: 'log_window',
  shortdesc: 'Sliding window in which lines are counted',
  longdesc: 'Only lines written since the watch began count.',
  example: '2min',
  default: '2min',
  minMs: 10_000,
  maxMs: 86_400_000,
  reloadable: true,
})

export const logThreshold = integerParameter({
  name: 'log_threshold',
  shortdesc: 'Lines in the window that are evidence',
  longdesc: 'Together with a connection on which nothing comes back; the log alone proves nothing.',
  example: '3',
  default: '3',
  min: 1,
  max: 10_000,
  reloadable: true,
})

export const coordinatorCheck = declare(
  {
    name: 'coordinator_check',
    shortdesc: 'Broker and base topic by which the radio is asked',
    longdesc:
      "mqtt://[user@]host[:port]/base_topic. At depth 20 Zigbee2MQTT is asked for its coordinator check, which reads the radio's memory over its own connection.",
    example: 'mqtt://127.0.0.1/zigbee2mqtt',
    reloadable: true,
  },
  { type: 'string', expected: 'mqtt://[user@]host[:port]/base_topic', read: readCheckUrl },
)

export const coordinatorCheckPasswordFile = pathParameter({
  name: 'coordinator_check_password_file',
  shortdesc: 'File with the password for the broker',
  longdesc: "Its first line; a file of root's with mode 0600 on a local filesystem.",
  example: '/etc/haha/broker.password',
})
