import { booleanParameter, pathParameter, stringParameter } from '../lib/ocf/parameters.ts'
import { deviceOptions } from './device-options.ts'
import { driverNames } from './driver-registry.ts'
import { option } from './options.ts'
import { switchingOptions } from './switching-options.ts'

/** Actions of the fence agent API; `list` works and is not advertised, so that no alias becomes a node. */
export const actions = [
  'on',
  'off',
  'reboot',
  'status',
  'monitor',
  'list',
  'list-status',
  'metadata',
  'manpage',
  'validate-all',
] as const

export type Action = (typeof actions)[number]

const runOptions = {
  action: option(
    stringParameter({
      name: 'action',
      shortdesc: 'Fencing action',
      longdesc: `One of ${actions.join(', ')}. Without an action nothing is done.`,
      example: 'off',
      default: 'reboot',
      deprecatedNames: ['option'],
    }),
    { letter: 'o' },
  ),
  driver: option(
    stringParameter({
      name: 'driver',
      shortdesc: 'Kind of device',
      longdesc: `What the device is: one of ${driverNames.join(', ')}.`,
      example: 'tasmota',
      required: true,
    }),
  ),
  nodename: option(
    stringParameter({
      name: 'nodename',
      shortdesc: 'Node that is fenced',
      longdesc: 'Sent by the fencer; for the log only.',
      example: 'node1',
    }),
    { hidden: true },
  ),
  quiet: option(
    booleanParameter({
      name: 'quiet',
      shortdesc: 'Nothing on standard error',
      longdesc: 'Nothing is written to standard error.',
      example: 'false',
      default: 'false',
    }),
    { letter: 'q' },
  ),
  verbose: option(
    booleanParameter({
      name: 'verbose',
      shortdesc: 'Every request on standard error',
      longdesc: 'Every request and answer on standard error, without secrets.',
      example: 'false',
      default: 'false',
    }),
    { letter: 'v' },
  ),
  debugFile: option(
    pathParameter({
      name: 'debug_file',
      shortdesc: 'File for every request',
      longdesc: 'Every request and answer is appended to this file, without secrets.',
      example: '/var/log/fence_homelab.log',
      deprecatedNames: ['debug'],
    }),
    { letter: 'D' },
  ),
  version: option(
    booleanParameter({
      name: 'version',
      shortdesc: 'Print the version',
      longdesc: 'Prints the version and ends.',
      example: 'false',
      default: 'false',
    }),
    { letter: 'V' },
  ),
  help: option(
    booleanParameter({
      name: 'help',
      shortdesc: 'Print the options',
      longdesc: 'Prints the options and ends.',
      example: 'false',
      default: 'false',
    }),
    { letter: 'h' },
  ),
}

const { action, driver, ...saying } = runOptions

/** Options that every driver has; names, letters and defaults are those of the fence-agents project. */
export const commonOptions = {
  action,
  driver,
  ...deviceOptions,
  ...switchingOptions,
  ...saying,
}

export function isAction(text: string): text is Action {
  return actions.some(action => action === text)
}
