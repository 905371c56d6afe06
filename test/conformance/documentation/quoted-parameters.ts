import { splitWords } from '../../../lib/ocf/list-parameter.ts'
import { type Parameter, ParameterError } from '../../../lib/ocf/parameter.ts'

/** One agent in a command or configuration, with the parameters that it is given there. */
export interface QuotedAgent {
  readonly agent: string
  readonly given: readonly { readonly name: string; readonly value: string }[]
}

/** An agent's name, as crmsh, pcs and crm_resource take it. */
const AGENT = /^(?:ocf:haha:|stonith:)?(fence_homelab|(?<=ocf:haha:)[\w-]+)$/
const SECTION = new Set(['op', 'meta', 'operations', 'utilization'])

/** Every agent of ours that a text configures: primitives of crmsh, commands of pcs, `crm ra validate`. */
export function quotedAgents(text: string): readonly QuotedAgent[] {
  return text
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .flatMap(line => {
      const words = splitWords(line) ?? []
      const at = words.findIndex(word => AGENT.test(word))
      const agent = AGENT.exec(words[at] ?? '')?.[1]
      if (agent === undefined) return []
      const rest = words.slice(at + 1)
      const end = rest.findIndex(word => SECTION.has(word))
      const given = (end === -1 ? rest : rest.slice(0, end)).flatMap(word => {
        const [, name, value] = /^([a-z][a-z0-9_]*)=(.*)$/.exec(word) ?? []
        return name === undefined || value === undefined ? [] : [{ name, value }]
      })
      return [{ agent, given }]
    })
}

/** What is wrong with it, by the agent's own parameters; Pacemaker's `pcmk_` ones are not looked at. */
export function parameterFaults(
  { agent, given }: QuotedAgent,
  known: ReadonlyMap<string, readonly Parameter<unknown>[]>,
): readonly string[] {
  const parameters = known.get(agent)
  if (parameters === undefined) return [`there is no agent ${agent}`]
  return given
    .filter(({ name }) => !name.startsWith('pcmk_'))
    .flatMap(({ name, value }) => {
      const parameter = parameters.find(one => one.name === name)
      return parameter === undefined ? [`${agent} has no parameter ${name}`] : faultOf(parameter, value)
    })
}

/**
 * Settings between backticks whose names are written as our agents write them, `probe_failures=2`, and that no
 * agent has, or not with that value.
 */
export function settingFaults(
  text: string,
  known: ReadonlyMap<string, readonly Parameter<unknown>[]>,
): readonly string[] {
  const all = [...known.values()].flat()
  return [...text.matchAll(/`([a-z]+(?:_[a-z]+)+)=([^`\s"]+|"[^`"]*")`/g)]
    .filter(([, name = '']) => !name.startsWith('pcmk_'))
    .filter(([, name, value = '']) => {
      const named = all.filter(parameter => parameter.name === name)
      return !named.some(parameter => faultOf(parameter, value.replaceAll('"', '')).length === 0)
    })
    .map(([setting]) => setting)
}

function faultOf(parameter: Parameter<unknown>, value: string): readonly string[] {
  try {
    parameter.parse(value)
    return []
  } catch (cause) {
    if (!(cause instanceof ParameterError)) throw cause
    return [cause.message]
  }
}
