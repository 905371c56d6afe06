import { seconds } from '../drill/figures.ts'
import { htmlChecks, htmlList, htmlPage, htmlTable, LEGEND } from '../drill/html-parts.ts'
import { escapeHtml } from '../drill/html-text.ts'
import { failures, floorOf } from './figures.ts'
import { drawStep } from './step-drawing.ts'
import type { DemoRecord, StepRecord } from './step-record.ts'
import { SUMMARY_HEAD, summaryRow } from './text-report.ts'

/** The whole report as one file that needs nothing else. */
export function htmlReport(record: DemoRecord): string {
  const wrong = failures(record)
  const verdict =
    wrong.length === 0
      ? '<p class="verdict good">Every service answered again after every step, and none ever ran on two nodes.</p>'
      : `<div class="verdict bad"><p>The demo failed:</p>${htmlList(wrong)}</div>`
  const when = new Date(record.startedMs).toISOString().slice(0, 16).replace('T', ' ')
  const minutes = ((record.endedMs - record.startedMs) / 60_000).toFixed(1)
  const body = `<h1>The house goes dark, and comes back</h1>
<p class="when">${when} UTC, ${minutes} minutes</p>
${verdict}
<h2>All steps</h2>
${htmlTable(SUMMARY_HEAD, record.steps.map(summaryRow))}
<p class="note">Seconds after the fault; fencing is from the request until the cluster counts the node as fenced.
Outage is the longest of the step's services; its floor is what it could not have been shorter than.</p>
${LEGEND}
${record.steps.map(stepSection).join('\n')}
<h2>The floor</h2>
<p>Corosync drops a lost node after ${seconds(record.membershipSeconds)} (token and consensus). A plain
<code>docker compose up -d</code> on the node that took over, outside Pacemaker, until the first answer, median of ${record.ownStartRuns}:</p>
${htmlTable(
  ['service', 'own start'],
  [...record.ownStart].map(([service, start]) => [service, seconds(start)]),
)}
<h2>The run as a whole</h2>
${htmlChecks(record.checks)}
<h2>Where each time was read</h2>
${htmlList([
  'Fault: the clock of the demo.',
  'Detection, fencing asked and fencing done: pacemaker.log of the living nodes.',
  "Power: the log of the played plug, which is outside the nodes and reads a node's processes as gone before it says off.",
  "Power of the coordinator: the switch's own state of its port.",
  "Take-over and double runs: processes in the nodes' control groups, seen from the host.",
  'Answers and outages: a client outside the nodes, in steps c and e haha-drill on a node that loses nothing; both ask every service ten times a second.',
])}
<h2>The ground</h2>
${htmlList(record.ground)}
`
  return htmlPage('haha-ocf: the house goes dark, and comes back', body.trimEnd())
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
${outages.length === 0 ? '' : htmlTable(['service', 'away', 'questions missed', 'floor'], outages)}
${htmlChecks([...rulings, ...step.checks])}
<details><summary>Moment by moment</summary>${htmlTable(['after', 'what', 'read from'], moments)}</details>
</section>`
}
