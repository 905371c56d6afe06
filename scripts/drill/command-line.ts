import { parseArgs } from 'node:util'
import { type DrillKind, KINDS } from './kinds.ts'
import { readServiceList, type WatchedService } from './services.ts'

/** What the operator asked for. */
export interface Order {
  readonly kind: DrillKind
  /** A resource or a node; undefined where only one can be meant. */
  readonly target: string | undefined
  readonly yes: boolean
  readonly json: string | undefined
  readonly html: string | undefined
  readonly services: readonly WatchedService[] | undefined
  readonly metrics: string | undefined
  /** Longest wait for the services, seconds. */
  readonly limitSeconds: number
  /** Only of cut-power: somebody pulls the plug. */
  readonly byHand: boolean
  /** Program and arguments that run a command on another node; the node's name and the command are added. */
  readonly ssh: readonly string[]
  /** Only of kill-app: the compose service. */
  readonly service: string | undefined
}

export type ParsedOrder =
  | { readonly kind: 'order'; readonly order: Order }
  | { readonly kind: 'help' | 'version' }
  | { readonly kind: 'fault'; readonly fault: string }

/** All options, as parseArgs takes them and the manual tells them. */
export const OPTIONS = {
  yes: { type: 'boolean', text: 'Do not ask. Without it and without a terminal nothing is done.' },
  json: { type: 'string', value: 'FILE', text: 'Write the record there, too.' },
  html: { type: 'string', value: 'FILE', text: 'Write the timeline as a page that needs nothing else.' },
  services: {
    type: 'string',
    value: 'LIST',
    text: 'What is asked ten times a second: name=URL, separated by blanks or commas, with http, https, tcp, mqtt or dns://server/name. By default the probes of the compose-stack that is drilled, at the address of its IPaddr2.',
  },
  metrics: {
    type: 'string',
    value: 'DIR',
    text: 'Write haha_drill.prom there, for the textfile collector of the Prometheus node exporter. Default: METRICS_DIRECTORY of /etc/default/resource-agents-haha, where it is set.',
  },
  limit: {
    type: 'string',
    value: 'SECONDS',
    text: 'Longest wait for the services to answer again, default 300.',
  },
  service: {
    type: 'string',
    value: 'NAME',
    text: 'For kill-app: the compose service; default: the first that is watched.',
  },
  'by-hand': { type: 'boolean', text: 'For cut-power: you pull the plug when you are told to.' },
  ssh: {
    type: 'string',
    value: 'COMMAND',
    text: 'How a command is run on another node, where a drill needs that; the name of the node is added. Default: ssh -o BatchMode=yes -o ConnectTimeout=5 -l root.',
  },
  help: { type: 'boolean', text: 'Tell all this.' },
  version: { type: 'boolean', text: 'Tell the version.' },
} as const satisfies Readonly<
  Record<string, { readonly type: 'boolean' | 'string'; readonly value?: string; readonly text: string }>
>

const SSH = 'ssh -o BatchMode=yes -o ConnectTimeout=5 -l root'
const LONGEST_LIMIT = 86_400

/** Reads the arguments. */
export function readOrder(argv: readonly string[]): ParsedOrder {
  let given: ReturnType<typeof parse>
  try {
    given = parse(argv)
  } catch (error) {
    return fault(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error))
  }
  const { values, positionals } = given
  if (values.help === true) return { kind: 'help' }
  if (values.version === true) return { kind: 'version' }
  const [word, target, ...more] = positionals
  const kind = KINDS.find(known => known === word)
  if (kind === undefined)
    return fault(
      `${word === undefined ? 'no drill is named' : `'${word}' is no drill`}; one of ${KINDS.join(', ')}`,
    )
  if (more.length > 0) return fault(`too many words: ${more.join(' ')}; one resource or node`)
  const limitSeconds = Number(values.limit ?? 300)
  if (!Number.isInteger(limitSeconds) || limitSeconds < 10 || limitSeconds > LONGEST_LIMIT)
    return fault(`--limit ${values.limit}: whole seconds from 10 to ${LONGEST_LIMIT}`)
  if (values['by-hand'] === true && kind !== 'cut-power') return fault('--by-hand belongs to cut-power')
  if (values.service !== undefined && kind !== 'kill-app') return fault('--service belongs to kill-app')
  const list = values.services === undefined ? undefined : readServiceList(values.services)
  if (list?.ok === false) return fault(`--services: ${list.fault}`)
  const ssh = (values.ssh ?? SSH).split(/\s+/).filter(part => part !== '')
  if (ssh.length === 0) return fault('--ssh: no command')
  return {
    kind: 'order',
    order: {
      ...{ kind, target, limitSeconds, ssh },
      ...{ yes: values.yes === true, byHand: values['by-hand'] === true },
      ...{ json: values.json, html: values.html, metrics: values.metrics, service: values.service },
      services: list?.services,
    },
  }
}

const parse = (argv: readonly string[]) =>
  parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true })

const fault = (text: string): ParsedOrder => ({ kind: 'fault', fault: text })
