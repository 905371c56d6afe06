import { seconds } from '../drill/figures.ts'
import { failures, floorOf, stepFigures } from './figures.ts'
import type { DemoRecord, StepRecord } from './step-record.ts'

const SOURCES = [
  'fault: the clock of the demo · detection, fencing asked and done: pacemaker.log of the living nodes',
  "power: the plug's own log, the switch's own ports · take-over, double runs: processes in the nodes' control groups, seen from the host",
  'answers and outages: the client outside the nodes, in steps c and e haha-drill on n3; ten questions a second to each service',
] as const

/** The timeline as the terminal shows it. */
export function textReport(record: DemoRecord): string {
  const lines = record.steps.length === 0 ? [] : summaryTable(record)
  for (const step of record.steps) lines.push('', ...stepLines(step))
  lines.push('', `the applications' own start (median of ${record.ownStartRuns}, outside Pacemaker):`)
  lines.push(`  ${[...record.ownStart].map(([service, start]) => `${service} ${seconds(start)}`).join(', ')}`)
  lines.push(`corosync until a lost node is dropped: ${seconds(record.membershipSeconds)}`, '', 'where read:')
  lines.push(...SOURCES.map(source => `  ${source}`), '')
  for (const check of record.checks) lines.push(`${check.ok ? 'ok     ' : 'FAILED '} ${check.text}`)
  const wrong = failures(record)
  const minutes = ((record.endedMs - record.startedMs) / 60_000).toFixed(1)
  lines.push('', wrong.length === 0 ? `the house came back every time (${minutes} min)` : 'the demo FAILED:')
  lines.push(...wrong.map(line => `  ${line}`))
  return lines.join('\n')
}

/** The head of the table of {@link summaryRow}. */
export const SUMMARY_HEAD = [
  'step',
  'detection',
  'fencing',
  'take-over',
  'first answer',
  'outage',
  'floor',
] as const

/** One step as a row of texts under {@link SUMMARY_HEAD}. */
export function summaryRow(step: StepRecord): readonly string[] {
  const { detection, fencing, takeOver, firstAnswer, outage, slowest, floor } = stepFigures(step)
  const longest = slowest === undefined ? 'none' : `${seconds(outage)} (${slowest})`
  return [
    `${step.key}  ${step.title}`,
    ...[detection, fencing, takeOver, firstAnswer].map(seconds),
    longest,
    seconds(floor),
  ]
}

function summaryTable({ steps }: DemoRecord): string[] {
  const rows = [SUMMARY_HEAD, ...steps.map(summaryRow)]
  const widths = SUMMARY_HEAD.map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)))
  return rows.map(row =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function stepLines(step: StepRecord): string[] {
  const lines = [`(${step.key}) ${step.title}`]
  for (const { atMs, what, source } of [...step.moments].sort((a, b) => a.atMs - b.atMs)) {
    const at = `${((atMs - step.faultMs) / 1000).toFixed(1)} s`
    lines.push(`  ${at.padStart(8)}  ${what.padEnd(58)} ${source}`.trimEnd())
  }
  for (const { service, fromMs, toMs, missed } of step.outages) {
    const away = seconds(toMs === undefined ? Number.POSITIVE_INFINITY : (toMs - fromMs) / 1000)
    const parts = (step.floors.get(service) ?? []).map(part => `${part.what} ${seconds(part.seconds)}`)
    const floor = parts.length === 0 ? '' : `, floor ${seconds(floorOf(step, service))} (${parts.join(', ')})`
    lines.push(`  ${service.padEnd(15)} away ${away}, ${missed} questions missed${floor}`)
  }
  for (const { service, outage, parts, limit, kept } of step.rulings) {
    const sum = parts.map(part => `${part.what} ${part.seconds.toFixed(1)}`).join(' + ')
    const verdict = kept ? 'ok     ' : 'FAILED '
    lines.push(`  ${verdict}${service}: ${seconds(outage)} of at most ${seconds(limit)} = ${sum}`)
  }
  for (const check of step.checks) lines.push(`  ${check.ok ? 'ok     ' : 'FAILED '}${check.text}`)
  return lines
}
