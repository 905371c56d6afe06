import { pages } from './pages.ts'

/** Pages of the handbook that decide nothing: where what is, what to do at night, the way over from something else. */
const NO_DECISION = new Set(['README.md', 'runbook.md', 'migrating.md'])

const HEADER = /^(value.*)\|why\|if lower\|if higher\|measure yours$/

/** Pages of the handbook of which each decides something. */
export function decisionPages() {
  return pages().filter(
    ({ path }) => path.startsWith('docs/handbook/') && !NO_DECISION.has(path.slice('docs/handbook/'.length)),
  )
}

/** What is wrong with the tables by which a page decides; none at all is wrong, too. */
export function decisionFaults(text: string): readonly string[] {
  const tables = [...text.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) => table.trim().split('\n').map(cellsOf))
  const deciding = tables.filter(([header]) => HEADER.test(header?.join('|') ?? ''))
  const half = tables.filter(([header = []]) => header.includes('why') && !HEADER.test(header.join('|')))
  return [
    ...(deciding.length === 0 ? ['no table of value, why, if lower, if higher, measure yours'] : []),
    ...half.map(([header = []]) => `a table that tells why has the columns ${header.join(', ')}`),
    ...deciding.flatMap(([, , ...rows]) => rows.flatMap(rowFaults)),
  ]
}

/** `-` where nothing happens: in one direction at most, and never instead of a way to measure. */
function rowFaults([
  value = '',
  why = '',
  lower = '-',
  higher = '-',
  measure = '-',
  ...more
]: readonly string[]) {
  const isOpen = (cell: string) => cell === '' || cell === '-'
  return [
    ...([value, why].some(isOpen) ? [`${value}: no reason`] : []),
    ...(isOpen(lower) && isOpen(higher) ? [`${value}: neither direction does anything`] : []),
    ...(isOpen(measure) ? [`${value}: no way to measure`] : []),
    ...(more.length > 0 ? [`${value}: a cell too many`] : []),
  ]
}

function cellsOf(line: string): readonly string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map(cell => cell.trim())
}
