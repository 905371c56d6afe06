import { median, pairedRatio } from './cpu-time.ts'

/** One row of the table: a command's times, and what they are held against. */
export interface Row {
  readonly name: string
  readonly times: readonly number[]
  readonly against?: Comparison
}

export interface Comparison {
  readonly name: string
  readonly times: readonly number[]
  /** Most that the median of the ratios, round by round, may be. Without it the ratio is only told. */
  readonly limit?: number
}

/** Whether a row keeps to its limit; one without a limit does. */
export function holds({ times, against }: Row): boolean {
  return against?.limit === undefined || pairedRatio(times, against.times) <= against.limit
}

/** The rows as a table: milliseconds of processor time, and the paired ratio with its limit. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(row => [
    row.name,
    Math.min(...row.times).toFixed(1),
    median(row.times).toFixed(1),
    ...comparisonCells(row),
  ])
  const all = [['CPU ms', 'min', 'median', 'ratio', 'limit', 'of', ''], ...cells]
  const widths = all.reduce<number[]>(
    (most, line) => line.map((cell, at) => Math.max(cell.length, most[at] ?? 0)),
    [],
  )
  const isNumber = (column: number) => column >= 1 && column <= 4
  return all
    .map(line =>
      line
        .map((cell, at) => (isNumber(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function comparisonCells(row: Row): string[] {
  const { times, against } = row
  if (against === undefined) return ['', '', '', '']
  const ratio = pairedRatio(times, against.times).toFixed(2)
  if (against.limit === undefined) return [ratio, '', against.name, '']
  return [ratio, against.limit.toFixed(2), against.name, holds(row) ? 'holds' : 'MISSED']
}
