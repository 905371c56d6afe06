import { htmlChecks, htmlList, htmlPage, htmlTable, LEGEND } from './html-parts.ts'
import { escapeHtml } from './html-text.ts'
import { KIND_FACTS } from './kinds.ts'
import { type DrillRecord, type DrillSummary, failuresOf } from './record.ts'
import { comparison, FIGURE_HEAD, figureRows, minute, outageRows } from './report.ts'
import { drawTimeline } from './timeline-drawing.ts'

/** The drill as one page that needs nothing else. */
export function drillPage(record: DrillRecord, last: DrillSummary | undefined): string {
  const { kind, resource, node, fault, faultMs, phases, outages } = record
  const title = `${kind}: ${KIND_FACTS[kind].title}`
  const wrong = failuresOf(record)
  const verdict =
    wrong.length === 0
      ? '<p class="verdict good">Every service answered again.</p>'
      : `<div class="verdict bad"><p>The drill failed:</p>${htmlList(wrong)}</div>`
  const compared = comparison(record, last)
  const moments = [...record.moments]
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, what, source }) => [`${((atMs - faultMs) / 1000).toFixed(1)} s`, what, source])
  const undone = record.undone.map(({ what, failure }) => ({
    text: failure === undefined ? `undone: ${what}` : `not undone: ${what} (${failure})`,
    ok: failure === undefined,
  }))
  const name = `Timeline of ${title}`
  return htmlPage(
    `haha-drill: ${title}`,
    `<h1>${escapeHtml(title)}</h1>
<p class="when">${escapeHtml(`${resource} on ${node}, ${minute(faultMs)}`)}</p>
${verdict}
<p>${escapeHtml(fault)}</p>
${outages.length === 0 ? '' : `${LEGEND}${drawTimeline({ name, faultMs, phases, outages, floors: new Map() })}`}
${htmlTable(FIGURE_HEAD, figureRows(record, last))}
${compared === undefined ? '' : `<p>${escapeHtml(compared)}</p>`}
${htmlTable(['service', 'away', 'questions missed', 'last time'], outageRows(record, last))}
${htmlChecks([...record.checks, ...undone])}
<h2>Moment by moment</h2>
${htmlTable(['after', 'what', 'read from'], moments)}
<p class="note">Each service was asked ten times a second from where the drill ran. pacemaker.log is that of this node;
what crm_mon tells is seen up to half a second late.</p>`,
  )
}
