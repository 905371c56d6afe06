import { durationParameter } from '../../lib/ocf/duration.ts'
import { listParameter } from '../../lib/ocf/list-parameter.ts'
import type { ReadParameter } from '../../lib/ocf/parameter.ts'
import {
  booleanParameter,
  integerParameter,
  pathParameter,
  selectParameter,
  stringParameter,
} from '../../lib/ocf/parameters.ts'
import { projectOf } from './project-name.ts'
import { isServiceName, readServiceProbe } from './service-probes.ts'

const directory = pathParameter({
  name: 'directory',
  shortdesc: 'Directory of the compose project',
  longdesc:
    'Directory with the compose files. It may lie on a network or cluster filesystem: only start reads it, monitor and stop work without it.',
  example: '/mnt/iot/stack',
  required: true,
  uniqueGroup: 'stack',
})

const files = listParameter({
  name: 'files',
  shortdesc: 'Compose files, when they do not have their usual names',
  longdesc:
    'Compose files in the order in which they are merged, relative to the directory or absolute. By default compose finds compose.yaml or docker-compose.yml and its override file by itself.',
  example: 'compose.yaml house.yaml',
  each: text => (/^[^\0\r\n]{1,4096}$/.test(text) && !text.startsWith('-') ? text : undefined),
  itemShape: 'a file name',
})

const project = stringParameter({
  name: 'project',
  shortdesc: 'Project name',
  longdesc:
    'Name by which compose labels containers and networks. By default it is made from the last part of the directory, as compose does. Two resources on one node never share a project.',
  example: 'house',
  pattern: /^[a-z0-9][a-z0-9_-]{0,99}$/,
  shape: 'a project name (small letters, digits, - and _)',
})

const envFile = stringParameter({
  name: 'env_file',
  shortdesc: 'Environment file for variables in the compose files',
  longdesc: 'Given to compose as --env-file, relative to the directory or absolute.',
  example: '.env.production',
  pattern: /^[^-]/,
  shape: 'a file name',
})

const profiles = listParameter({
  name: 'profiles',
  shortdesc: 'Active profiles',
  longdesc:
    'Profiles whose services are started. Stop ends every service of the project, whatever its profile.',
  example: 'voice cameras',
  each: text => (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(text) ? text : undefined),
  itemShape: 'a profile name',
})

const socket = pathParameter({
  name: 'socket',
  shortdesc: 'Socket of the Docker engine',
  longdesc:
    'Unix socket of the engine. A probe never connects to it while no dockerd runs, so that a socket-activated engine on a standby node sleeps on.',
  example: '/run/docker.sock',
  default: '/run/docker.sock',
})

const requiredMount = pathParameter({
  name: 'required_mount',
  shortdesc: 'Mount point that must be mounted before start',
  longdesc:
    'Start refuses while nothing is mounted there: Home Assistant on an empty directory starts as a new house. Looked up in the mount table, so a hung filesystem hangs nobody.',
  example: '/mnt/iot',
})

const probes = listParameter({
  name: 'probes',
  shortdesc: 'Questions to the services: service=URL',
  longdesc:
    'Each service named here is asked at every monitor, whatever its depth, and start succeeds only after each required one has answered. URLs: http://, https:// (certificates are not verified), tcp://host:port, mqtt://host[:port], exec:command (run inside the container; write spaces as %20). Use addresses, not names.\n\nA refused connection or a wrong answer counts at once; time-outs and HTTP 5xx count from the probe_failures-th in a row.',
  example: 'homeassistant=http://127.0.0.1:8123/ mosquitto=mqtt://127.0.0.1',
  each: readServiceProbe,
  itemShape: 'service=URL with http, https, tcp, mqtt or exec',
  reloadable: true,
})

const probeTimeout = durationParameter({
  name: 'probe_timeout',
  shortdesc: 'How long a probe waits for an answer',
  longdesc: 'For each try; a try that timed out is repeated once within the same monitor.',
  example: '5s',
  default: '5s',
  minMs: 100,
  maxMs: 120_000,
  reloadable: true,
})

const probeFailures = integerParameter({
  name: 'probe_failures',
  shortdesc: 'Time-outs in a row that count as a failure',
  longdesc:
    'How many monitors in a row must see a time-out or HTTP 5xx of the same probe before the service counts as failed.',
  example: '2',
  default: '2',
  min: 1,
  max: 100,
  reloadable: true,
})

const optionalServices = listParameter({
  name: 'optional_services',
  shortdesc: 'Services whose failure does not fail the stack',
  longdesc:
    'A slow or broken one never fails start and is told as degraded (exit code 190); a crashed one is started again after 1, 2, 5 and then every 15 minutes.',
  example: 'esphome node-red',
  each: text => (isServiceName(text) ? text : undefined),
  itemShape: 'a service name',
  reloadable: true,
})

const oneShots = listParameter({
  name: 'one_shots',
  shortdesc: 'Services that run once and end',
  longdesc:
    'They pass when they exited with code 0. Services that others wait for with service_completed_successfully are known without being named (compose v2).',
  example: 'migrate',
  each: text => (isServiceName(text) ? text : undefined),
  itemShape: 'a service name',
})

const unhealthy = selectParameter({
  name: 'unhealthy',
  shortdesc: "What a service's failed health check means",
  longdesc:
    'fail: a service whose own health check says unhealthy is failed. ignore: only probes and processes count.',
  example: 'fail',
  default: 'fail',
  choices: ['fail', 'ignore'],
  reloadable: true,
})

const localRestarts = integerParameter({
  name: 'local_restarts',
  shortdesc: 'Restarts of one failed service in place',
  longdesc:
    'How often, within local_restart_window, one failed service is restarted alone before the failure is reported and Pacemaker recovers the whole stack. Restart policies of the compose files are switched off (dockerd would start the stack after a fence, beside the node that took over); this is their replacement. Never done while resource, node or cluster is unmanaged.',
  example: '2',
  default: '2',
  min: 0,
  max: 100,
  reloadable: true,
})

const localRestartWindow = durationParameter({
  name: 'local_restart_window',
  shortdesc: 'Window in which local restarts are counted',
  longdesc: 'A sliding window; success does not empty it.',
  example: '30min',
  default: '30min',
  minMs: 60_000,
  maxMs: 604_800_000,
  reloadable: true,
})

const localRestartSettle = durationParameter({
  name: 'local_restart_settle',
  shortdesc: 'How long a locally restarted service may take to work again',
  longdesc: 'Until then monitor answers 190 (degraded) for that service.',
  example: '60s',
  default: '60s',
  minMs: 1000,
  maxMs: 3_600_000,
  reloadable: true,
})

const localVolumes = listParameter({
  name: 'local_volumes',
  shortdesc: 'Volumes of this node that services may write',
  longdesc:
    'Start refuses services that write a volume of this node only (driver local, or anonymous), because its content stays behind when the stack moves. Name here the volumes where that is meant; service:/path names an anonymous one, * allows all.',
  example: 'cache homeassistant:/var/tmp',
  each: text => (/^[^\s\0]{1,512}$/.test(text) ? text : undefined),
  itemShape: 'a volume name or service:/path',
})

const pull = selectParameter({
  name: 'pull',
  shortdesc: 'Whether start may pull images',
  longdesc:
    'never: a missing image fails start at once and by name. missing: compose pulls it within the timeout of start.',
  example: 'never',
  default: 'never',
  choices: ['never', 'missing'],
})

const saveLogs = booleanParameter({
  name: 'save_logs',
  shortdesc: 'Keep the last log lines of failed services',
  longdesc:
    'Stop removes containers and with them their logs; the last 50 lines of a failed service are first saved in /var/log/haha-ocf.',
  example: 'true',
  default: 'true',
  reloadable: true,
})

/** In the order in which they are documented. */
export const parameters = [
  directory,
  files,
  project,
  envFile,
  profiles,
  socket,
  requiredMount,
  probes,
  probeTimeout,
  probeFailures,
  optionalServices,
  oneShots,
  unhealthy,
  localRestarts,
  localRestartWindow,
  localRestartSettle,
  localVolumes,
  pull,
  saveLogs,
] as const

export type Settings = ReturnType<typeof readSettings>

export function readSettings(read: ReadParameter) {
  const folder = read(directory)
  return {
    directory: folder,
    files: read(files),
    project: read(project) ?? projectOf(folder),
    envFile: read(envFile),
    profiles: read(profiles),
    socketPath: read(socket),
    requiredMount: read(requiredMount),
    probes: read(probes),
    probeTimeoutMs: read(probeTimeout),
    probeFailures: read(probeFailures),
    optionalServices: read(optionalServices),
    oneShots: read(oneShots),
    unhealthyFails: read(unhealthy) === 'fail',
    localRestarts: read(localRestarts),
    localRestartWindowMs: read(localRestartWindow),
    localRestartSettleMs: read(localRestartSettle),
    localVolumes: read(localVolumes),
    pull: read(pull),
    saveLogs: read(saveLogs),
  }
}
