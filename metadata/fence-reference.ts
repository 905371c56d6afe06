import { actions } from '../fence/common-options.ts'
import type { Driver } from '../fence/driver.ts'
import { getoptText, longdesc, shortdesc, shownOptions } from '../fence/metadata.ts'
import type { FenceOption } from '../fence/options.ts'
import { paragraphs, valueFacts } from './facts.ts'
import { code, plain, table } from './markdown.ts'

/** The reference of fence_homelab in Markdown, for docs/reference/fence_homelab.md; the build writes it. */
export function fenceReference(drivers: readonly Driver[]): string {
  const parts = [
    '<!-- Generated from the options by `npm run build`: change fence/, not this file. -->',
    '# stonith:fence_homelab',
    `${plain(shortdesc)}: [what an off is, and which driver](../agents/fence_homelab.md).`,
    ...paragraphs(longdesc).map(plain),
    '## Options',
    'A parameter of the primitive, a line `name=value` on standard input, or an argument.',
    table(
      ['Option', 'Argument', 'Type', 'Default', 'Of', 'Meaning'],
      shownOptions(drivers).map(candidate => optionRow(candidate, drivers)),
    ),
    '## Actions',
    plain(actions.join(', ')),
  ]
  return `${parts.join('\n\n')}\n`
}

function optionRow(candidate: FenceOption<unknown>, drivers: readonly Driver[]): string[] {
  const { parameter } = candidate
  const { name, type, defaultText, required } = parameter
  const takers = drivers.filter(({ options }) => options.some(one => one.parameter.name === name))
  const absent = required ? '**required**' : '-'
  const formerNames = (parameter.deprecatedNames ?? []).map(code).join(', ')
  const meaning = [
    `${plain(parameter.shortdesc)}.`,
    ...paragraphs(parameter.longdesc).map(plain),
    plain(valueFacts(parameter)),
    ...(formerNames === '' ? [] : [`Former names: ${formerNames}.`]),
  ]
  return [
    code(name),
    code(getoptText(candidate)),
    type,
    defaultText === undefined ? absent : code(defaultText),
    takers.length === 0 ? 'every driver' : takers.map(driver => driver.name).join(', '),
    meaning.join('<br>'),
  ]
}
