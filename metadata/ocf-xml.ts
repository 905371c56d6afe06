import { readFileSync } from 'node:fs'
import type { ActionAdvice, AgentDefinition } from '../lib/ocf/definition.ts'
import type { Parameter } from '../lib/ocf/parameter.ts'
import { contentType, orderedActions, paragraphs, seconds, valueFacts } from './facts.ts'

/**
 * The metadata document of an agent, OCF Resource Agent API 1.1.
 *
 * No encoding is declared, because crmsh hands the document to a parser that refuses a declaration in
 * text; so everything outside ASCII is written as a character reference. The document type is
 * internal: the one that resource-agents installs is OCF 1.0, and ocf-tester validates against
 * whatever the document names.
 *
 * @param version of the package, as the attribute of resource-agent; the element `version` is the
 *   version of the OCF standard
 * @throws Error when a text holds a character that XML cannot carry
 */
export function ocfXml(definition: AgentDefinition, version: string): string {
  const documentType = readFileSync(new URL('./ocf-1.1-internal.dtd', import.meta.url), 'utf8').trim()
  const groups = definition.parameters.map(parameter => parameter.uniqueGroup)
  const lines = [
    '<?xml version="1.0"?>',
    `<!DOCTYPE resource-agent [\n${documentType}\n]>`,
    `<resource-agent${attributes({ name: definition.name, version })}>`,
    '<version>1.1</version>',
    descriptions(paragraphs(definition.longdesc), definition.shortdesc),
    '<parameters>',
    ...definition.parameters.flatMap(parameter => [
      parameterElement(parameter, groups.filter(group => group === parameter.uniqueGroup).length === 1),
      ...(parameter.deprecatedNames ?? []).map(name => formerNameElement(parameter, name)),
    ]),
    '</parameters>',
    '<actions>',
    ...orderedActions(definition).map(actionElement),
    '</actions>',
    '</resource-agent>',
  ]
  return `${lines.join('\n')}\n`
}

function parameterElement(parameter: Parameter<unknown>, aloneInGroup: boolean): string {
  const opening = attributes({
    name: parameter.name,
    required: parameter.required ? '1' : '0',
    // crmsh knows only `unique`, which cannot say that several parameters are unique together.
    unique: parameter.uniqueGroup !== undefined && aloneInGroup ? '1' : undefined,
    'unique-group': parameter.uniqueGroup,
    reloadable: parameter.reloadable === true ? '1' : '0',
  })
  return [
    `<parameter${opening}>`,
    descriptions([...paragraphs(parameter.longdesc), valueFacts(parameter)], parameter.shortdesc),
    content(parameter, parameter.defaultText),
    '</parameter>',
  ].join('\n')
}

/** A former name: never required and without a default, or tools would set it beside the new one. */
function formerNameElement(parameter: Parameter<unknown>, name: string): string {
  return [
    `<parameter${attributes({ name, required: '0', reloadable: parameter.reloadable === true ? '1' : '0' })}>`,
    `<deprecated><replaced-with${attributes({ name: parameter.name })}/></deprecated>`,
    descriptions([`Former name of ${parameter.name}; still accepted.`], parameter.shortdesc),
    content(parameter, undefined),
    '</parameter>',
  ].join('\n')
}

function content(parameter: Parameter<unknown>, defaultText: string | undefined): string {
  const type = contentType(parameter)
  const opening = `<content${attributes({ type, default: defaultText })}`
  if (type !== 'select') return `${opening}/>`
  const options = (parameter.choices ?? []).map(choice => `<option${attributes({ value: choice })}/>`)
  return `${opening}>${options.join('')}</content>`
}

function actionElement(action: ActionAdvice): string {
  const { name, timeoutSeconds, intervalSeconds, depth } = action
  const interval = intervalSeconds === undefined ? undefined : seconds(intervalSeconds)
  return `<action${attributes({
    name,
    timeout: seconds(timeoutSeconds),
    interval,
    depth: name === 'monitor' ? String(depth ?? 0) : undefined,
  })}/>`
}

function descriptions(long: readonly string[], short: string): string {
  return `<longdesc lang="en">${escaped(long.join('\n\n'))}</longdesc>\n<shortdesc lang="en">${escaped(short)}</shortdesc>`
}

function attributes(values: Readonly<Record<string, string | undefined>>): string {
  let text = ''
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) text += ` ${name}="${escaped(value).replaceAll('\n', '&#10;')}"`
  }
  return text
}

function escaped(text: string): string {
  let safe = ''
  for (const character of text) safe += escapedCharacter(character)
  return safe
}

function escapedCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (character === '\n') return character
  if (character === '\t' || character === '\r') return `&#${code};`
  if (code < 0x20 || code === 0xfffe || code === 0xffff || (code >= 0xd800 && code <= 0xdfff))
    throw new Error(`metadata: character U+${code.toString(16).padStart(4, '0')} cannot stand in XML`)
  return named[character] ?? (code > 0x7e ? `&#${code};` : character)
}

const named: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&apos;',
}
