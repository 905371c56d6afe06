import { actions } from './common-options.ts'
import type { Driver } from './driver.ts'
import { getoptText, longdesc, shortdesc, shownOptions } from './metadata.ts'
import type { FenceOption } from './options.ts'

/** The man page fence_homelab(8), made from the same declarations as parsing and metadata. */
export function manPage(drivers: readonly Driver[], version: string): string {
  return [
    `.TH FENCE_HOMELAB 8 "" "haha-ocf ${roff(version)}" "Fence agents"`,
    '.SH NAME',
    `fence_homelab \\- ${roff(shortdesc)}`,
    '.SH SYNOPSIS',
    '.B fence_homelab',
    '(options on standard input, or as arguments)',
    '.SH DESCRIPTION',
    ...paragraphs(longdesc),
    '.SH EXAMPLES',
    'A node behind outlet 1 of a Tasmota plug:',
    ...verbatim(
      'primitive fence-node1 stonith:fence_homelab \\',
      '  params driver=tasmota ip=192.0.2.10 password_file=/etc/pacemaker/plug.password \\',
      '    device_id=DC:4F:22:00:00:01 pcmk_host_map="node1:1" \\',
      '  op monitor interval=300s timeout=20s',
    ),
    'Two power supplies on two outlets, and a try by hand that reads the password from a file:',
    ...verbatim(
      '  params driver=netio ip=192.0.2.11 username=fence pcmk_host_map="node1:1,2"',
      'fence_homelab --driver=netio -a 192.0.2.11 -l fence --password-file=/root/pw -n 1,2 -o status',
    ),
    '.SH DRIVERS',
    ...drivers.flatMap(driver => [
      '.TP',
      `.B ${driver.name}`,
      roff(
        `${driver.title}; port ${driver.port}${driver.tls ? ', TLS' : ''}. ${driver.caution ?? ''}`.trim(),
      ),
    ]),
    '.SH OPTIONS',
    'On standard input one option a line, as name=value.',
    ...shownOptions(drivers).flatMap(optionText),
    '.SH ACTIONS',
    roff(actions.join(', ')),
    '.SH EXIT STATUS',
    '.TP',
    '.B 0',
    'Done and read back; from status: on.',
    '.TP',
    '.B 1',
    'Failed; one line on standard error says what was seen, on what, and what to do.',
    '.TP',
    '.B 2',
    'From status: off.',
    '.SH NOTES',
    'A device may ask for the time that its reboot takes: a confirmed off, the dark time, and up to 8 seconds for the way back on. With the default power_timeout it ends within 40 seconds.',
    '.SH SEE ALSO',
    '.BR pacemaker-fenced (7),',
    '.BR stonith_admin (8)',
    '',
  ].join('\n')
}

/** The option list for --help. */
export function helpText(drivers: readonly Driver[]): string {
  const rows = shownOptions(drivers).map(
    candidate => `  ${getoptText(candidate).padEnd(46)} ${candidate.parameter.shortdesc}`,
  )
  return ['Usage: fence_homelab --action=[action] --driver=[driver] [options]', ...rows].join('\n')
}

function optionText(candidate: FenceOption<unknown>): readonly string[] {
  const { parameter } = candidate
  const facts = [
    parameter.defaultText === undefined ? '' : `Default: ${parameter.defaultText}.`,
    parameter.choices === undefined ? '' : `One of ${parameter.choices.join(', ')}.`,
    (parameter.deprecatedNames ?? []).length === 0
      ? ''
      : `Old name: ${parameter.deprecatedNames?.join(', ')}.`,
  ]
  return [
    '.TP',
    `.B ${roff(`${parameter.name}  (${getoptText(candidate)})`)}`,
    ...paragraphs([parameter.longdesc, ...facts.filter(fact => fact !== '')].join(' ')),
  ]
}

function paragraphs(text: string): readonly string[] {
  return text
    .split('\n\n')
    .flatMap((paragraph, index) => (index === 0 ? [roff(paragraph)] : ['.PP', roff(paragraph)]))
}

function verbatim(...lines: readonly string[]): readonly string[] {
  return ['.PP', '.nf', ...lines.map(roff), '.fi', '.PP']
}

function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1')
}
