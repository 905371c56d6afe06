import { escapeHtml } from './html-text.ts'
import type { Check } from './moments.ts'
import { REPORT_STYLE } from './report-style.ts'

/** What the colours of a timeline mean. */
export const LEGEND =
  '<p class="legend"><span class="notice">noticing</span><span class="fence">fencing</span><span class="dark">off, kept dark</span><span class="move">starting</span><span class="up">answers</span><span class="away">away</span><span class="line">floor</span></p>'

/** A page that needs nothing but itself. @param body as HTML */
export const htmlPage = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`

export function htmlTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (kind: string, texts: readonly string[]) =>
    `<tr>${texts.map(text => `<${kind}>${escapeHtml(text)}</${kind}>`).join('')}</tr>`
  return `<div class="table"><table><thead>${cells('th', head)}</thead><tbody>${rows.map(row => cells('td', row)).join('')}</tbody></table></div>`
}

export const htmlList = (texts: readonly string[]): string =>
  `<ul>${texts.map(text => `<li>${escapeHtml(text)}</li>`).join('')}</ul>`

export const htmlChecks = (all: readonly Check[]): string =>
  `<ul class="checks">${all.map(({ ok, text }) => `<li class="${ok ? 'ok' : 'failed'}">${escapeHtml(text)}</li>`).join('')}</ul>`
