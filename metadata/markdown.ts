/** A table: a cell may hold anything but a bare `|` or line end. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Text that Markdown leaves as it is, in one table cell. */
export function plain(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|&]/g, '\\$&').replaceAll('\n', ' ')
}

/** Text in a code span; more backticks around it than it holds in a row. */
export function code(text: string): string {
  if (text === '') return '(empty)'
  const runs = text.match(/`+/g) ?? []
  const fence = '`'.repeat(Math.max(0, ...runs.map(run => run.length)) + 1)
  const padding = text.startsWith('`') || text.endsWith('`') ? ' ' : ''
  return `${fence}${padding}${text.replaceAll('|', '\\|').replaceAll('\n', ' ')}${padding}${fence}`
}
