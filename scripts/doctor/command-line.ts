/** What somebody asked for. */
export type Wish =
  | { readonly kind: 'look'; readonly json: boolean }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'refused'; readonly reason: string }

/** As shown by --help and in the man page. */
export const options = [
  ['--json', 'One JSON object instead of text.'],
  ['--help, -h', 'This text.'],
  ['--version, -V', 'The version of the package.'],
] as const

/** What each exit code means. */
export const exitMeanings = [
  [0, 'Nothing was found, or notices only.'],
  [1, 'Warnings.'],
  [2, 'Something critical.'],
  [3, 'The cluster could not be looked at; what was seen of this node is told.'],
  [64, 'An option that is not known.'],
] as const

export const usage = `Usage: haha-doctor [options]
Looks at the running cluster and at this node, changes nothing, and says what will go wrong and how to cure it.

${table(options)}

Exit codes:
${table(exitMeanings)}
`

export function readArguments(args: readonly string[]): Wish {
  let json = false
  for (const argument of args) {
    if (argument === '--json') json = true
    else if (argument === '--help' || argument === '-h') return { kind: 'help' }
    else if (argument === '--version' || argument === '-V') return { kind: 'version' }
    else return { kind: 'refused', reason: `${argument}: no such option` }
  }
  return { kind: 'look', json }
}

function table(rows: readonly (readonly [string | number, string])[]): string {
  return rows.map(([left, right]) => `  ${String(left).padEnd(16)}${right}`).join('\n')
}
