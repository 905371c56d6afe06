import { durationParameter } from '../lib/ocf/duration.ts'
import {
  booleanParameter,
  integerParameter,
  selectParameter,
  stringParameter,
} from '../lib/ocf/parameters.ts'
import { option } from './options.ts'

/** What is switched, how long it may take, and what counts as done. */
export const switchingOptions = {
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
}
