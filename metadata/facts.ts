import type { ActionAdvice, AgentDefinition } from '../lib/ocf/definition.ts'
import type { Parameter } from '../lib/ocf/parameter.ts'

/** Content types of OCF 1.1; pcs 0.11 refuses every other. */
export type ContentType = 'string' | 'integer' | 'boolean' | 'select'

/** How a parameter's type is told to tools that know the four types of OCF 1.1 only. */
export function contentType(parameter: Parameter<unknown>): ContentType {
  switch (parameter.type) {
    case 'integer':
    case 'boolean':
    case 'select':
      return parameter.type
    default:
      return 'string'
  }
}

/** What a valid value is: bounds, unit and an example, in the words that errors use too. */
export function valueFacts(parameter: Parameter<unknown>): string {
  const bareNumber = parameter.type === 'duration' ? '; a bare number is in' : ', in'
  const unit = parameter.unit === undefined ? '' : `${bareNumber} ${parameter.unit}`
  return `Expected: ${parameter.expected}${unit}. Example: ${parameter.example}`
}

/** Seconds as Pacemaker writes a time: always with its unit. */
export function seconds(count: number): string {
  return `${count}s`
}

const actionOrder: readonly ActionAdvice['name'][] = [
  'start',
  'stop',
  'monitor',
  'reload-agent',
  'notify',
  'validate-all',
  'meta-data',
]

/**
 * The actions as every document lists them: the life cycle first, and of the monitors the cheapest
 * first, because tools take the first one as the default.
 */
export function orderedActions(definition: AgentDefinition): ActionAdvice[] {
  return [...definition.actions].sort(
    (a, b) => actionOrder.indexOf(a.name) - actionOrder.indexOf(b.name) || (a.depth ?? 0) - (b.depth ?? 0),
  )
}

/** Paragraphs of a text, each on one line. */
export function paragraphs(text: string): string[] {
  return text
    .split(/\n\s*\n/)
    .map(paragraph => paragraph.trim().replace(/\s*\n\s*/g, ' '))
    .filter(paragraph => paragraph !== '')
}
