import type { AgentDefinition } from './definition.ts'
import type { Invocation } from './invocation.ts'
import { type Parameter, ParameterError, type ReadParameter } from './parameter.ts'
import type { State } from './state-file.ts'

/** Every configured value must be right: for start, validate-all and reload-agent. */
export function strictReader(invocation: Invocation): ReadParameter {
  return parameter => {
    const text = configured(parameter, invocation.parameters)
    return text === undefined ? parameter.whenAbsent() : parameter.parse(text)
  }
}

/**
 * Takes what can be used: the configured value, else what start validated, else the default. A stop
 * prefers what start validated, because that is what runs. Monitor and stop read this way, so that a
 * parameter broken under a running resource, or a stricter release, cannot stop a house.
 */
export function forgivingReader(invocation: Invocation, state: State): ReadParameter {
  const recorded = new Map(Object.entries(state.parameters))
  const stopsWhatRuns = invocation.action === 'stop' && state.active
  const sources = stopsWhatRuns ? [recorded, invocation.parameters] : [invocation.parameters, recorded]
  return parameter => {
    // What start did not record was at its default then, whatever has been configured since.
    const wasDefault = stopsWhatRuns && !parameter.required && parameter.type !== 'secret'
    if (wasDefault && configured(parameter, recorded) === undefined) return parameter.whenAbsent()
    for (const source of sources) {
      const text = configured(parameter, source)
      if (text === undefined) continue
      try {
        return parameter.parse(text)
      } catch (cause) {
        if (!(cause instanceof ParameterError)) throw cause
      }
    }
    return parameter.whenAbsent()
  }
}

/** Parameters worth recording at start: as configured, under their present names, without secrets. */
export function recordable(
  definition: AgentDefinition,
  invocation: Invocation,
): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {}
  for (const parameter of definition.parameters) {
    const text = parameter.type === 'secret' ? undefined : configured(parameter, invocation.parameters)
    if (text !== undefined) texts[parameter.name] = text
  }
  return texts
}

/** Configured names that are no parameter of this agent: most often misspelt. */
export function unknownParameters(definition: AgentDefinition, invocation: Invocation): string[] {
  const known = new Set(
    definition.parameters.flatMap(parameter => [parameter.name, ...(parameter.deprecatedNames ?? [])]),
  )
  return [...invocation.parameters.keys()].filter(name => !known.has(name))
}

/** An empty text counts as not set, as everywhere in Pacemaker's own agents. */
function configured(parameter: Parameter<unknown>, texts: ReadonlyMap<string, string>): string | undefined {
  for (const name of [parameter.name, ...(parameter.deprecatedNames ?? [])]) {
    const text = texts.get(name)
    if (text !== undefined && text.trim() !== '') return text
  }
  return undefined
}
