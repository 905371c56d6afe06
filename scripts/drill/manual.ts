import { OPTIONS } from './command-line.ts'
import { KINDS } from './kinds.ts'

export const PURPOSE = 'rehearses a failure on a live cluster and measures how long its services were away'

/** What each kind does, for the manual and the help. */
export const KIND_TEXTS: Readonly<Record<(typeof KINDS)[number], string>> = {
  move: 'Moves the resource to the node the cluster would choose, as an operator does.',
  'kill-app': 'Kills the main process of one container of the stack; the cluster has to notice.',
  'kill-engine': 'Kills the container engine of the active node; systemd and the cluster have to mend it.',
  fence: 'Has the cluster fence the active node (stonith_admin --reboot).',
  'cut-power':
    "Takes the active node's power away behind the cluster's back, by its fencing device or by hand.",
  'cut-network':
    'Drops every packet of the active node, which keeps running. A timer on that node takes the cut away again, armed before it is made.',
}

const flagOf = (name: string, value: string | undefined): string =>
  `--${name}${value === undefined ? '' : ` ${value}`}`

/** Each option as it is written, and what it does. */
export const optionRows = (): readonly (readonly [string, string])[] =>
  Object.entries(OPTIONS).map(([name, option]) => [
    flagOf(name, 'value' in option ? option.value : undefined),
    option.text,
  ])

/** The text of --help. */
export function usage(): string {
  const rows = (all: readonly (readonly [string, string])[]) =>
    all.map(([name, text]) => `  ${name.padEnd(18)} ${text}`)
  return [
    `usage: haha-drill [options] ${KINDS.join('|')} [resource or node]`,
    '',
    ...rows(KINDS.map(kind => [kind, KIND_TEXTS[kind]] as const)),
    '',
    ...rows(optionRows()),
  ].join('\n')
}
