/** A line that cannot be used, by its number; its text may hold a secret and is not shown. */
export interface BrokenLine {
  readonly line: number
  readonly problem: string
}

export interface Environment {
  readonly variables: Readonly<Record<string, string>>
  readonly broken: readonly BrokenLine[]
}

/**
 * Reads lines NAME=value as systemd reads an EnvironmentFile (systemd.exec(5)), as far as people write
 * them: comments by # or ;, one pair of quotes around the value. Nothing is expanded, nothing is run.
 */
export function readEnvironment(text: string): Environment {
  const variables: Record<string, string> = {}
  const broken: BrokenLine[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/\r$/, '').trim()
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
    const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line)
    const value = match?.[2] === undefined ? undefined : unquoted(match[2])
    if (match?.[1] === undefined) broken.push({ line: index + 1, problem: 'is not NAME=value' })
    else if (value === undefined) broken.push({ line: index + 1, problem: 'has a quote that is not closed' })
    else if (value.includes('\0')) broken.push({ line: index + 1, problem: 'holds a NUL' })
    else variables[match[1]] = value
  }
  return { variables, broken }
}

function unquoted(text: string): string | undefined {
  const quote = text[0]
  if (quote !== '"' && quote !== "'") return text
  return text.length >= 2 && text.endsWith(quote) ? text.slice(1, -1) : undefined
}
