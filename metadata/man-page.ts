import type { ActionAdvice, AgentDefinition } from '../lib/ocf/definition.ts'
import type { Parameter } from '../lib/ocf/parameter.ts'
import { crmshExample, pcsExample } from './example.ts'
import { orderedActions, paragraphs, seconds, valueFacts } from './facts.ts'
import { roffArgument, roffExample, roffParagraph, roffText } from './roff.ts'

/** Name of the page, as in `man 7 ocf_haha_<agent>`: the scheme of the agents that Debian ships. */
export function manPageName(definition: AgentDefinition): string {
  return `ocf_haha_${definition.name}`
}

/**
 * The man page of an agent, section 7, in roff of man(7). ASCII only and without a date, so that it
 * is the same bytes on every build and reads alike in every locale.
 */
export function manPage(definition: AgentDefinition, version: string): string {
  const name = manPageName(definition)
  const actions = orderedActions(definition)
  const names = [...new Set(actions.map(action => action.name))]
  const parts = [
    `.TH ${roffArgument(name.toUpperCase())} 7 "" ${roffArgument(`haha-ocf ${version}`)} "OCF resource agents"`,
    // Ragged right without hyphenation: names and paths stay as they must be typed.
    '.ad l\n.nh',
    section('NAME', `${roffText(name)} \\- ${roffText(definition.shortdesc)}`),
    section('SYNOPSIS', synopsis(definition, names)),
    section('DESCRIPTION', flow(paragraphs(definition.longdesc))),
    section('SUPPORTED PARAMETERS', definition.parameters.map(parameterEntry).join('\n')),
    section('SUPPORTED ACTIONS', actions.map(actionEntry).join('\n')),
    section('EXAMPLE CRM SHELL', roffExample(crmshExample(definition.example))),
    section('EXAMPLE PCS', roffExample(pcsExample(definition.example))),
    section('WHAT IT DOES NOT DO', definition.nonGoals.map(goal => bullet(goal)).join('\n')),
    section('REQUIREMENTS', definition.requirements.map(requirementEntry).join('\n')),
    section('SEE ALSO', '.BR crm (8),\n.BR pcs (8),\n.BR crm_mon (8),\n.BR crm_resource (8)'),
  ]
  return `${parts.filter(part => part !== '').join('\n')}\n`
}

function section(title: string, body: string): string {
  return body === '' ? '' : `.SH ${roffArgument(title)}\n${body}`
}

function flow(texts: readonly string[]): string {
  return texts.map(text => `.PP\n${roffParagraph(text)}`).join('\n')
}

function synopsis(definition: AgentDefinition, names: readonly string[]): string {
  const path = `/usr/lib/ocf/resource.d/haha/${definition.name}`
  return `.B ${roffArgument(path)}\n[ ${names.map(roffText).join(' | ')} ]`
}

function parameterEntry(parameter: Parameter<unknown>): string {
  const traits = [
    parameter.required ? 'required' : 'optional',
    parameter.type,
    ...(parameter.defaultText === undefined ? [] : [`default ${roffText(parameter.defaultText)}`]),
    ...(parameter.uniqueGroup === undefined ? [] : [`unique group ${roffText(parameter.uniqueGroup)}`]),
    ...(parameter.reloadable === true ? ['changed without a restart'] : []),
  ]
  const formerNames = parameter.deprecatedNames ?? []
  const texts = [
    ...paragraphs(parameter.longdesc),
    valueFacts(parameter),
    ...(formerNames.length === 0 ? [] : [`Former names, still accepted: ${formerNames.join(', ')}.`]),
  ]
  const [summary, ...details] = [parameter.shortdesc, ...texts]
  const lines = [
    `.TP\n.B ${roffArgument(parameter.name)}`,
    `${roffParagraph(summary)} (${traits.join(', ')})`,
  ]
  for (const detail of details) lines.push(`.IP\n${roffParagraph(detail)}`)
  return lines.join('\n')
}

function actionEntry(action: ActionAdvice): string {
  const facts = [`Advised timeout ${seconds(action.timeoutSeconds)}`]
  if (action.intervalSeconds !== undefined) facts.push(`interval ${seconds(action.intervalSeconds)}`)
  if (action.name === 'monitor') facts.push(`OCF_CHECK_LEVEL ${action.depth ?? 0}`)
  return `.TP\n.B ${roffArgument(action.name)}\n${roffParagraph(`${facts.join(', ')}.`)}`
}

function requirementEntry(requirement: { readonly binary: string; readonly debianPackage: string }): string {
  return bullet(`${requirement.binary} (Debian package ${requirement.debianPackage})`)
}

function bullet(text: string): string {
  return `.IP \\(bu 2\n${roffParagraph(text.replaceAll('\n', ' '))}`
}
