import type { AgentDefinition } from '../lib/ocf/definition.ts'
import type { Parameter } from '../lib/ocf/parameter.ts'
import { pcsExample } from './example.ts'

/**
 * What is wrong with a definition, a sentence each; the build refuses an agent with one. These
 * are the mistakes that pcs, crmsh or Pacemaker would only show on somebody's cluster.
 */
export function definitionFaults(definition: AgentDefinition): string[] {
  return [
    ...(/^[a-z][a-z0-9-]*$/.test(definition.name)
      ? []
      : [`name '${definition.name}' is not [a-z][a-z0-9-]*`]),
    ...(definition.shortdesc.includes('\n') ? ['shortdesc is more than one line'] : []),
    ...nameFaults(definition),
    ...definition.parameters.flatMap(parameterFaults),
    ...actionFaults(definition),
    ...exampleFaults(definition),
  ]
}

function nameFaults(definition: AgentDefinition): string[] {
  const names = definition.parameters.flatMap(({ name, deprecatedNames }) => [
    name,
    ...(deprecatedNames ?? []),
  ])
  return names.flatMap((name, index) => [
    ...(/^[a-z][a-z0-9_]*$/.test(name) ? [] : [`parameter '${name}' is not [a-z][a-z0-9_]*`]),
    ...(names.indexOf(name) === index ? [] : [`parameter '${name}' is declared twice`]),
  ])
}

function parameterFaults(parameter: Parameter<unknown>): string[] {
  const { name, defaultText, example } = parameter
  const faults: string[] = []
  if (parameter.required && defaultText !== undefined) faults.push(`${name}: required, yet it has a default`)
  if (parameter.type === 'duration' && /^\d+$/.test(defaultText ?? ''))
    faults.push(`${name}: the default '${defaultText}' has no unit`)
  for (const text of [example, ...(defaultText === undefined ? [] : [defaultText])]) {
    try {
      parameter.parse(text)
    } catch (error) {
      faults.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return faults
}

function actionFaults(definition: AgentDefinition): string[] {
  const { actions, parameters } = definition
  const faults: string[] = []
  for (const name of ['start', 'stop', 'monitor', 'validate-all', 'meta-data'] as const) {
    if (!actions.some(action => action.name === name)) faults.push(`action ${name} is missing`)
  }
  const reloads = actions.some(action => action.name === 'reload-agent')
  if (!reloads && parameters.some(parameter => parameter.reloadable === true))
    faults.push('a parameter is reloadable, but action reload-agent is missing')
  const monitors = actions.filter(action => action.name === 'monitor')
  const depths = monitors.map(monitor => monitor.depth ?? 0)
  const intervals = monitors.map(monitor => monitor.intervalSeconds)
  if (monitors.length > 0 && !depths.includes(0)) faults.push('no monitor has depth 0')
  if (new Set(depths).size < depths.length) faults.push('two monitors share a depth')
  if (intervals.includes(undefined)) faults.push('a monitor has no interval')
  if (new Set(intervals).size < intervals.length) faults.push('two monitors share an interval')
  for (const action of actions) {
    if (action.name === 'monitor') continue
    if (action.depth !== undefined || action.intervalSeconds !== undefined)
      faults.push(`action ${action.name} has a depth or an interval, which only monitor can have`)
    if (actions.filter(other => other.name === action.name).length > 1)
      faults.push(`action ${action.name} is listed twice`)
  }
  return faults
}

function exampleFaults(definition: AgentDefinition): string[] {
  try {
    const named = pcsExample(definition.example).includes(` ocf:haha:${definition.name}`)
    return named ? [] : [`example: is not a primitive of ocf:haha:${definition.name}`]
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}
