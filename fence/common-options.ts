import {
  booleanParameter,
  durationParameter,
  integerParameter,
  pathParameter,
  selectParameter,
  stringParameter,
} from '../lib/ocf/parameters.ts'
import { driverNames } from './driver-registry.ts'
import { option } from './options.ts'

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

/** Options that every driver has; names, letters and defaults are those of the fence-agents project. */
export const commonOptions = {
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
  ip: option(
    stringParameter({
      name: 'ip',
      shortdesc: 'Address of the device',
      longdesc:
        'IP address of the device or its API; several, separated by comma, where the driver can try them in turn. An address rather than a name: the name service may be down with the node.',
      example: '192.0.2.10',
      deprecatedNames: ['ipaddr'],
    }),
    { letter: 'a' },
  ),
  ipport: option(
    integerParameter({
      name: 'ipport',
      shortdesc: 'TCP or UDP port of the device',
      longdesc: "Port of the device. Unset: the driver's usual one.",
      example: '80',
      min: 1,
      max: 65_535,
    }),
    { letter: 'u' },
  ),
  username: option(
    stringParameter({
      name: 'username',
      shortdesc: 'Login name',
      longdesc: 'Login name, or the user and name of an API token (root@pam!fence).',
      example: 'admin',
      deprecatedNames: ['login'],
    }),
    { letter: 'l' },
  ),
  password: option(
    stringParameter({
      name: 'password',
      shortdesc: 'Login password or API token secret',
      longdesc: 'Password, or the secret of an API token. Never logged.',
      example: 'secret',
      deprecatedNames: ['passwd'],
    }),
    { letter: 'p', secret: true },
  ),
  passwordScript: option(
    pathParameter({
      name: 'password_script',
      shortdesc: 'Script that prints the password',
      longdesc: 'A program that prints the password on its first line; used when password is not set.',
      example: '/usr/local/sbin/plug-password',
      deprecatedNames: ['passwd_script'],
    }),
    { letter: 'S' },
  ),
  passwordFile: option(
    pathParameter({
      name: 'password_file',
      shortdesc: 'File that holds the password',
      longdesc:
        'A file of root with mode 0600 (or 0400) that holds the password on its first line; used when neither password nor password_script is set.',
      example: '/etc/pacemaker/plug.password',
    }),
  ),
  plug: option(
    stringParameter({
      name: 'plug',
      shortdesc: 'Outlet, port or virtual machine of the node',
      longdesc:
        'The outlet that feeds the node, or several with plug_separator between them: all must be off for the node to be off. For spaces in a name write _ or %20. A pcmk_host_map such as "node1:1;node2:2,3" sets it for each node.',
      example: '1',
      deprecatedNames: ['port'],
    }),
    { letter: 'n' },
  ),
  plugSeparator: option(
    stringParameter({
      name: 'plug_separator',
      shortdesc: 'Separator between several plugs',
      longdesc: 'What stands between the outlets of plug.',
      example: ',',
      default: ',',
    }),
  ),
  ssl: option(
    booleanParameter({
      name: 'ssl',
      shortdesc: 'Use TLS',
      longdesc: "Speak TLS with the device. Unset: the driver's usual way.",
      example: 'true',
    }),
    { letter: 'z' },
  ),
  sslSecure: option(
    booleanParameter({
      name: 'ssl_secure',
      shortdesc: 'Use TLS and verify the certificate',
      longdesc: 'Speak TLS and verify the certificate, which is also the default wherever TLS is spoken.',
      example: 'true',
    }),
  ),
  sslInsecure: option(
    booleanParameter({
      name: 'ssl_insecure',
      shortdesc: 'Use TLS without verifying the certificate',
      longdesc:
        'Speak TLS with whoever answers. ssl_fingerprint is the better answer to a self-signed certificate.',
      example: 'false',
      default: 'false',
    }),
  ),
  sslCaFile: option(
    pathParameter({
      name: 'ssl_ca_file',
      shortdesc: 'Certificates to trust',
      longdesc: 'A PEM file with the only authorities to trust for this device.',
      example: '/etc/pve/pve-root-ca.pem',
    }),
  ),
  sslFingerprint: option(
    stringParameter({
      name: 'ssl_fingerprint',
      shortdesc: 'SHA-256 fingerprint of the certificate',
      longdesc:
        'The SHA-256 fingerprint of the one certificate to trust, as openssl x509 -fingerprint -sha256 prints it; name and authority do not matter then. Several, separated by comma, for several hosts.',
      example: 'AB:CD:...',
      pattern: /^(([0-9A-Fa-f]{2}:?){32},?)+$/,
      shape: 'a SHA-256 fingerprint of 64 hexadecimal digits',
    }),
  ),
  method: option(
    selectParameter({
      name: 'method',
      shortdesc: 'How to reboot',
      longdesc:
        "auto: with the device's own timed off where it has one (the machine comes back even if the device cannot be reached any more), else off and on; onoff: always off and on. Either way the off is read back.",
      example: 'onoff',
      default: 'auto',
      choices: ['auto', 'onoff', 'cycle'],
    }),
    { letter: 'm' },
  ),
  deviceId: option(
    stringParameter({
      name: 'device_id',
      shortdesc: 'Identity that the device must have',
      longdesc:
        'MAC address, serial or name that the device must report; anything else is not touched. It keeps a DHCP lease that moved from switching a stranger off. monitor prints what the device reports.',
      example: 'DC:4F:22:00:00:01',
    }),
  ),
  powerCheck: option(
    selectParameter({
      name: 'power_check',
      shortdesc: 'Use of the power meter',
      longdesc:
        'auto: where the outlet has a meter, an OFF with more than standby_watts in two readings at least 3 s apart is a failure; require: also a failure when there is no reading; off: the meter is not asked. 0 W never proves an OFF.',
      example: 'auto',
      default: 'auto',
      choices: ['auto', 'require', 'off'],
    }),
  ),
  standbyWatts: option(
    integerParameter({
      name: 'standby_watts',
      shortdesc: 'Power that an outlet may show while off',
      longdesc: 'More than this on an outlet that says OFF refutes it.',
      example: '5',
      default: '5',
      min: 0,
      max: 10_000,
      unit: 'watts',
    }),
  ),
  strict: option(
    booleanParameter({
      name: 'strict',
      shortdesc: 'Hazards fail the monitor',
      longdesc: 'A hazard (auto-on, power-on state, pulse time, lock) fails monitor instead of warning.',
      example: 'false',
      default: 'false',
    }),
  ),
  delay: option(
    durationParameter({
      name: 'delay',
      shortdesc: 'Seconds to wait before off and reboot',
      longdesc: 'Waited before connecting; off and reboot only.',
      example: '5',
      default: '0',
      maxMs: 600_000,
    }),
  ),
  powerWait: option(
    durationParameter({
      name: 'power_wait',
      shortdesc: 'Seconds that the outlet stays off in a reboot',
      longdesc:
        'How long the outlet stays off in a reboot at least; a few seconds are kept anyway, as power supplies bridge short gaps. After on it is waited too.',
      example: '5',
      default: '0',
      maxMs: 30_000,
    }),
  ),
  powerTimeout: option(
    durationParameter({
      name: 'power_timeout',
      shortdesc: 'Seconds for the outlet to follow',
      longdesc:
        'How long off or on may take from the first request to the state read back. Keep it under a third of stonith-timeout, so that a second try fits.',
      example: '20',
      default: '20',
      minMs: 2000,
      maxMs: 600_000,
    }),
  ),
  shellTimeout: option(
    durationParameter({
      name: 'shell_timeout',
      shortdesc: 'Seconds for the answer to one request',
      longdesc: 'How long one request may take from the connection to the last byte of the answer.',
      example: '3',
      default: '3',
      minMs: 200,
      maxMs: 60_000,
    }),
  ),
  loginTimeout: option(
    durationParameter({
      name: 'login_timeout',
      shortdesc: 'Seconds to connect',
      longdesc: 'How long connecting and the TLS handshake may take; never longer than shell_timeout allows.',
      example: '5',
      default: '5',
      minMs: 200,
      maxMs: 60_000,
    }),
  ),
  statusSleep: option(
    durationParameter({
      name: 'stonith_status_sleep',
      shortdesc: 'Seconds between two looks at the outlet',
      longdesc: 'Longest pause between two readings while the outlet has not followed yet.',
      example: '1',
      default: '1',
      minMs: 50,
      maxMs: 10_000,
    }),
  ),
  retryOn: option(
    integerParameter({
      name: 'retry_on',
      shortdesc: 'Tries to switch on',
      longdesc: 'Accepted for configurations of other agents: on is asked for again while time is left.',
      example: '1',
      default: '1',
      min: 1,
      max: 10,
    }),
  ),
  disableTimeout: option(
    stringParameter({
      name: 'disable_timeout',
      shortdesc: 'Ignored',
      longdesc: 'Accepted for configurations of other agents and ignored: no wait here is unbounded.',
      example: 'false',
    }),
    { hidden: true },
  ),
  missingAsOff: option(
    stringParameter({
      name: 'missing_as_off',
      shortdesc: 'Ignored',
      longdesc: 'Accepted for configurations of other agents and ignored: what is missing is not off.',
      example: 'false',
    }),
    { hidden: true },
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

export function isAction(text: string): text is Action {
  return actions.some(action => action === text)
}
