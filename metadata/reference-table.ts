import type { ActionAdvice, AgentDefinition } from '../lib/ocf/definition.ts'
import type { Parameter } from '../lib/ocf/parameter.ts'
import { crmshExample, pcsExample } from './example.ts'
import { orderedActions, paragraphs, seconds, valueFacts } from './facts.ts'
import { code, plain, table } from './markdown.ts'

/** The reference of an agent in Markdown, for docs/reference/<agent>.md; the build writes it. */
export function referenceTable(definition: AgentDefinition): string {
  const parts = [
    '<!-- Generated from the definition by `npm run build`: change agents/, not this file. -->',
    `# ocf:haha:${definition.name}`,
    plain(definition.shortdesc),
    `## Example\n\n\`\`\`sh\n${crmshExample(definition.example)}\n\`\`\`\n\n\`\`\`sh\n${pcsExample(definition.example)}\n\`\`\``,
    '## Parameters',
    table(['Parameter', 'Type', 'Default', 'Change', 'Meaning'], definition.parameters.map(parameterRow)),
    '## Actions',
    table(['Action', 'Timeout', 'Interval', 'OCF_CHECK_LEVEL'], orderedActions(definition).map(actionRow)),
    definition.nonGoals.length === 0 ? '' : '## What it does not do',
    definition.nonGoals.map(goal => `- ${plain(goal)}`).join('\n'),
  ]
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}

function parameterRow(parameter: Parameter<unknown>): string[] {
  const formerNames = (parameter.deprecatedNames ?? []).map(code).join(', ')
  const meaning = [
    `${plain(parameter.shortdesc)}.`.replace(/\.\.$/, '.'),
    ...paragraphs(parameter.longdesc).map(plain),
    plain(valueFacts(parameter)),
    ...(parameter.uniqueGroup === undefined ? [] : [`Unique group: ${code(parameter.uniqueGroup)}.`]),
    ...(formerNames === '' ? [] : [`Former names: ${formerNames}.`]),
  ]
  const absent = parameter.required ? '**required**' : '-'
  return [
    code(parameter.name),
    parameter.type,
    parameter.defaultText === undefined ? absent : code(parameter.defaultText),
    parameter.reloadable === true ? 'reload' : 'restart',
    meaning.join('<br>'),
  ]
}

function actionRow(action: ActionAdvice): string[] {
  return [
    action.name,
    seconds(action.timeoutSeconds),
    action.intervalSeconds === undefined ? '-' : seconds(action.intervalSeconds),
    action.name === 'monitor' ? String(action.depth ?? 0) : '-',
  ]
}
