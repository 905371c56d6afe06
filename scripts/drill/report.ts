import { type Figures, lengthOf, seconds } from './figures.ts'
import { KIND_FACTS } from './kinds.ts'
import { type DrillRecord, type DrillSummary, failuresOf, summaryOf } from './record.ts'

/** The head of the table of {@link figureRow}. */
export const FIGURE_HEAD = [
  '',
  'detection',
  'fencing',
  'take-over',
  'first answer',
  'longest outage',
] as const

/** One drill as a row of texts under {@link FIGURE_HEAD}. */
export function figureRow(name: string, figures: Figures): readonly string[] {
  const { detection, fencing, takeOver, firstAnswer, outage, slowest } = figures
  const longest = slowest === undefined ? 'none' : `${away(outage)} (${slowest})`
  return [name, ...[detection, fencing, takeOver, firstAnswer].map(seconds), longest]
}

/** A drill that ends early does not know whether a service would have come back. */
const away = (length: number | undefined): string =>
  length === Number.POSITIVE_INFINITY ? 'not back yet' : seconds(length)

/** `2026-11-21 14:03 UTC`. */
export const minute = (atMs: number): string =>
  `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** Each service that was away: its name, how long, questions missed, and the last time. */
export function outageRows(
  record: DrillRecord,
  last: DrillSummary | undefined,
): readonly (readonly string[])[] {
  return record.services.map(({ name }) => {
    const outage = record.outages.find(({ service }) => service === name)
    const before = last === undefined ? '-' : away(last.outages.get(name) ?? 0)
    if (outage === undefined) return [name, 'never away', '0', before]
    const error = outage.toMs === undefined ? '' : `, +-${(outage.errorMs / 1000).toFixed(2)}`
    return [name, `${away(lengthOf(outage))}${error}`, String(outage.missed), before]
  })
}

/** All rows of the figures: this drill, and the last one of its kind where there was one. */
export function figureRows(
  record: DrillRecord,
  last: DrillSummary | undefined,
): readonly (readonly string[])[] {
  const own = figureRow('this drill', summaryOf(record).figures)
  return last === undefined ? [own] : [own, figureRow(minute(last.faultMs), last.figures)]
}

/** How the longest outage compares with that of the last drill; undefined without one. */
export function comparison(record: DrillRecord, last: DrillSummary | undefined): string | undefined {
  if (last === undefined) return undefined
  const [now, then] = [summaryOf(record).figures.outage ?? 0, last.figures.outage ?? 0]
  const when = `the last ${record.kind} of ${record.resource} (${minute(last.faultMs)})`
  if (!Number.isFinite(now) || !Number.isFinite(then))
    return `longest outage ${away(now)}, ${away(then)} in ${when}`
  const difference = now - then
  const words =
    Math.abs(difference) < 0.5
      ? 'as long as'
      : `${seconds(Math.abs(difference))} ${difference > 0 ? 'longer' : 'shorter'} than`
  return `longest outage ${seconds(now)}: ${words} in ${when}`
}

/** The report as the terminal shows it. */
export function drillReport(record: DrillRecord, last: DrillSummary | undefined): string {
  const wrong = failuresOf(record)
  const compared = comparison(record, last)
  return [
    `${record.kind}: ${KIND_FACTS[record.kind].title} (${record.resource} on ${record.node}, ${minute(record.faultMs)})`,
    '',
    ...[...record.moments].sort((a, b) => a.atMs - b.atMs).map(momentLine(record.faultMs)),
    '',
    ...textTable([FIGURE_HEAD, ...figureRows(record, last)]),
    '',
    ...textTable([['service', 'away', 'questions missed', 'last time'], ...outageRows(record, last)]),
    ...(compared === undefined ? [] : ['', compared]),
    '',
    ...record.checks.map(({ ok, text }) => `${ok ? 'ok     ' : 'FAILED '} ${text}`),
    ...record.undone.map(({ what, failure }) =>
      failure === undefined ? `undone  ${what}` : `FAILED  not undone: ${what} (${failure})`,
    ),
    wrong.length === 0 ? 'every service answered again' : `the drill FAILED: ${wrong.join('; ')}`,
  ].join('\n')
}

const momentLine =
  (faultMs: number) =>
  ({ atMs, what, source }: DrillRecord['moments'][number]): string =>
    `${`${((atMs - faultMs) / 1000).toFixed(1)} s`.padStart(9)}  ${what.padEnd(60)} ${source}`

/** Columns as wide as their widest text. */
export function textTable(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)))
  return rows.map(row =>
    `  ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  )
}
