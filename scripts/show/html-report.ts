import { failures, floorOf } from './figures.ts'
import { escapeHtml } from './html-text.ts'
import { REPORT_STYLE } from './report-style.ts'
import { drawStep } from './step-drawing.ts'
import type { Check, DemoRecord, StepRecord } from './step-record.ts'
import { SUMMARY_HEAD, seconds, summaryRow } from './text-report.ts'

/** The whole report as one file that needs nothing else. */
export function htmlReport(record: DemoRecord): string {
  const wrong = failures(record)
  const verdict =
    wrong.length === 0
      ? '<p class="verdict good">Every service answered again after every step, and none ever ran on two nodes.</p>'
      : `<div class="verdict bad"><p>The demo failed:</p>${list(wrong)}</div>`
  const when = new Date(record.startedMs).toISOString().slice(0, 16).replace('T', ' ')
  const minutes = ((record.endedMs - record.startedMs) / 60_000).toFixed(1)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>haha-ocf: the house goes dark, and comes back</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<h1>The house goes dark, and comes back</h1>
<p class="when">${when} UTC, ${minutes} minutes</p>
${verdict}
<h2>All steps</h2>
${table(SUMMARY_HEAD, record.steps.map(summaryRow))}
<p class="note">Seconds after the fault; fencing is from the request until the cluster counts the node as fenced.
Outage is the longest of the step's services; its floor is what it could not have been shorter than.</p>
<p class="legend"><span class="notice">noticing</span><span class="fence">fencing</span><span class="dark">off, kept dark</span><span class="move">starting</span><span class="up">answers</span><span class="away">away</span><span class="line">floor</span></p>
${record.steps.map(stepSection).join('\n')}
<h2>The floor</h2>
<p>Corosync drops a lost node after ${seconds(record.membershipSeconds)} (token and consensus). A plain
<code>docker compose up -d</code> on the node that took over, outside Pacemaker, until the first answer, median of ${record.ownStartRuns}:</p>
${table(
  ['service', 'own start'],
  [...record.ownStart].map(([service, start]) => [service, seconds(start)]),
)}
<h2>The run as a whole</h2>
${checks(record.checks)}
<h2>Where each time was read</h2>
${list([
  'Fault: the clock of the demo.',
  'Detection, fencing asked and fencing done: pacemaker.log of the living nodes.',
  "Power: the log of the played plug, which is outside the nodes and reads a node's processes as gone before it says off.",
  "Power of the coordinator: the switch's own state of its port.",
  "Take-over and double runs: processes in the nodes' control groups, seen from the host.",
  'Answers and outages: a client outside the nodes that asks every service ten times a second.',
])}
<h2>The ground</h2>
${list(record.ground)}
</body>
</html>
`
}

function stepSection(step: StepRecord): string {
  const moments = [...step.moments]
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, what, source }) => [`${((atMs - step.faultMs) / 1000).toFixed(1)} s`, what, source])
  const outages = step.outages.map(({ service, fromMs, toMs, missed }) => {
    const parts = (step.floors.get(service) ?? []).map(part => `${part.what} ${seconds(part.seconds)}`)
    const away = toMs === undefined ? 'for good' : seconds((toMs - fromMs) / 1000)
    const of = parts.length === 0 ? '' : ` (${parts.join(', ')})`
    return [service, away, String(missed), `${seconds(floorOf(step, service))}${of}`]
  })
  const rulings = step.rulings.map(({ service, outage, parts, limit, kept }) => ({
    ok: kept,
    text: `${service}: ${seconds(outage)} of at most ${seconds(limit)} = ${parts.map(part => `${part.what} ${seconds(part.seconds)}`).join(' + ')}`,
  }))
  return `<section id="step-${step.key}">
<h2>(${step.key}) ${escapeHtml(step.title)}</h2>
<p>${escapeHtml(step.fault)}</p>
${step.outages.length === 0 ? '' : drawStep(step)}
${outages.length === 0 ? '' : table(['service', 'away', 'questions missed', 'floor'], outages)}
${checks([...rulings, ...step.checks])}
<details><summary>Moment by moment</summary>${table(['after', 'what', 'read from'], moments)}</details>
</section>`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (kind: string, texts: readonly string[]) =>
    `<tr>${texts.map(text => `<${kind}>${escapeHtml(text)}</${kind}>`).join('')}</tr>`
  return `<div class="table"><table><thead>${cells('th', head)}</thead><tbody>${rows.map(row => cells('td', row)).join('')}</tbody></table></div>`
}

const list = (texts: readonly string[]): string =>
  `<ul>${texts.map(text => `<li>${escapeHtml(text)}</li>`).join('')}</ul>`

const checks = (all: readonly Check[]): string =>
  `<ul class="checks">${all.map(({ ok, text }) => `<li class="${ok ? 'ok' : 'failed'}">${escapeHtml(text)}</li>`).join('')}</ul>`
