import type { ClusterPlan, NodeName } from './plan.ts'
import { isNodeName } from './record.ts'

export const USAGE = `usage: scripts/cluster [--name NAME] VERB ...
  up [2|3] [--suite bookworm|trixie] [--deb FILE]   boots a cluster and installs our package; default 3, bookworm
  down                        removes all of it
  status                      power, nodes and resources
  exec NODE COMMAND...        runs a command in a node
  put NODE FROM TO            copies a file or folder into a node
  load FILE.crm               crm configure load update
  cut NODE, uncut NODE        unplugs and plugs the cable of corosync and VIP
  power NODE on|off|status    switches the node's plug
  crash NODE                  kills the node, its plug stays on`

/** What the command line asks for. */
export type Request =
  | {
      readonly verb: 'up'
      readonly name: string
      readonly plan: Partial<ClusterPlan>
      readonly deb: string | undefined
    }
  | { readonly verb: 'down' | 'status'; readonly name: string }
  | {
      readonly verb: 'exec'
      readonly name: string
      readonly node: NodeName
      readonly command: readonly string[]
    }
  | {
      readonly verb: 'put'
      readonly name: string
      readonly node: NodeName
      readonly from: string
      readonly to: string
    }
  | { readonly verb: 'load'; readonly name: string; readonly file: string }
  | { readonly verb: 'cut' | 'uncut' | 'crash'; readonly name: string; readonly node: NodeName }
  | {
      readonly verb: 'power'
      readonly name: string
      readonly node: NodeName
      readonly to: 'on' | 'off' | 'status'
    }

/** The command line was wrong; the message says how. */
export class UsageError extends Error {}

/** @throws UsageError */
export function parseRequest(argv: readonly string[]): Request {
  const { words, options } = split(argv)
  const [verb, ...rest] = words
  const name = options.get('name') ?? 'haha'
  const strange = [...options.keys()].find(key => key !== 'name' && verb !== 'up')
  if (strange !== undefined) throw new UsageError(`--${strange} belongs to up`)
  switch (verb) {
    case 'up':
      atMost(rest, 1)
      return {
        verb,
        name,
        plan: { ...nodeCount(rest[0]), ...suite(options.get('suite')) },
        deb: options.get('deb'),
      }
    case 'down':
    case 'status':
      atMost(rest, 0)
      return { verb, name }
    case 'exec': {
      const [node, ...command] = rest
      if (command.length === 0) throw new UsageError('exec: which command?')
      return { verb, name, node: nodeName(node), command }
    }
    case 'put':
      atMost(rest, 3)
      return {
        verb,
        name,
        node: nodeName(rest[0]),
        from: word(rest[1], 'put FROM'),
        to: word(rest[2], 'put TO'),
      }
    case 'load':
      atMost(rest, 1)
      return { verb, name, file: word(rest[0], 'load FILE.crm') }
    case 'cut':
    case 'uncut':
    case 'crash':
      atMost(rest, 1)
      return { verb, name, node: nodeName(rest[0]) }
    case 'power':
      atMost(rest, 2)
      return { verb, name, node: nodeName(rest[0]), to: position(rest[1]) }
    default:
      throw new UsageError(verb === undefined ? 'which verb?' : `no verb ${verb}`)
  }
}

/** Our options stand before the node of `exec`: what follows belongs to its command. */
function split(argv: readonly string[]) {
  const words: string[] = []
  const options = new Map<string, string>()
  for (let at = 0; at < argv.length; at += 1) {
    const argument = argv[at] ?? ''
    if (words[0] === 'exec' && words.length > 1) words.push(argument)
    else if (argument.startsWith('--')) {
      const [option = '', attached] = argument.slice(2).split(/=(.*)/s)
      if (!['name', 'suite', 'deb'].includes(option)) throw new UsageError(`no option --${option}`)
      if (attached === undefined) at += 1
      options.set(option, word(attached ?? argv[at], `--${option}`))
    } else words.push(argument)
  }
  return { words, options }
}

function nodeCount(text: string | undefined): Pick<ClusterPlan, 'nodes'> | Record<string, never> {
  if (text === undefined) return {}
  if (text !== '2' && text !== '3') throw new UsageError(`up ${text}: a cluster has 2 or 3 nodes`)
  return { nodes: text === '2' ? 2 : 3 }
}

function suite(text: string | undefined): Pick<ClusterPlan, 'suite'> | Record<string, never> {
  if (text === undefined) return {}
  if (text !== 'bookworm' && text !== 'trixie')
    throw new UsageError(`--suite ${text}: expected bookworm or trixie`)
  return { suite: text }
}

function nodeName(text: string | undefined): NodeName {
  if (!isNodeName(text)) throw new UsageError(`node ${text ?? 'missing'}: expected n1, n2 or n3`)
  return text
}

function position(text: string | undefined): 'on' | 'off' | 'status' {
  if (text !== 'on' && text !== 'off' && text !== 'status')
    throw new UsageError(`power ${text ?? 'missing'}: expected on, off or status`)
  return text
}

function word(text: string | undefined, what: string): string {
  if (text === undefined || text === '') throw new UsageError(`${what}: missing`)
  return text
}

function atMost(words: readonly string[], count: number): void {
  if (words.length > count) throw new UsageError(`too many words: ${words.slice(count).join(' ')}`)
}
