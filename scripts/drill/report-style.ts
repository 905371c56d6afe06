/** Colours by day and by night. */
const COLOURS = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --paper: #fff; --rule: #d8dee6;
  --up: #bfe3c6; --away: #d64545; --notice: #f0b429; --fence: #7b3fa0; --dark: #3e4c59; --move: #3b82c4;
  --inside: #fff; --good: #1f7a3a; --bad: #b42318; --floor: #1d4ed8 }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9f0; --soft: #9aa7b7; --paper: #141a22; --rule: #2c3744;
  --up: #23492d; --away: #c94a4a; --notice: #b98a1c; --fence: #9461b8; --dark: #5a6a7a; --move: #3f7fb8;
  --good: #5fc27e; --bad: #ff8a7a; --floor: #7ea6ff } }
`

/** How a timeline looks. */
const TIMELINE = `
svg { width: 100%; height: auto; margin: .4rem 0; font: 12px system-ui, sans-serif }
svg .label { text-anchor: end; fill: var(--ink) } svg .tick { text-anchor: middle; fill: var(--soft) }
svg .inside { fill: var(--inside); pointer-events: none } svg .grid { stroke: var(--rule) }
svg .fault { stroke: var(--away); stroke-dasharray: 3 3 } svg .floor { stroke: var(--floor); stroke-width: 3 }
svg .up { fill: var(--up) } svg .away { fill: var(--away) } svg .notice { fill: var(--notice) }
svg .fence { fill: var(--fence) } svg .dark { fill: var(--dark) } svg .move { fill: var(--move) }
`

/** Style of a timeline that stands alone, as a picture. */
export const PICTURE_STYLE = `${COLOURS}${TIMELINE}`

/** Style of the report: readable on paper, on a phone and in the dark. */
export const REPORT_STYLE = `${COLOURS}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.7rem; margin-bottom: 0 } h2 { font-size: 1.2rem; margin: 2.2rem 0 .4rem }
.when, .note, summary { color: var(--soft); font-size: .9rem }
.verdict { padding: .7rem 1rem; border-left: 5px solid; font-weight: 600 }
.good { border-color: var(--good); color: var(--good) } .bad { border-color: var(--bad); color: var(--bad) }
.table { overflow-x: auto } table { border-collapse: collapse; font-size: .9rem; margin: .5rem 0; min-width: 50% }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--rule); vertical-align: top }
td:not(:first-child), th { white-space: nowrap } th { color: var(--soft); font-weight: 600 } td { font-variant-numeric: tabular-nums }
.checks { list-style: none; padding: 0; font-size: .9rem } .checks li { padding-left: 1.6rem; position: relative }
.checks li::before { position: absolute; left: 0; font-weight: 700 }
.ok::before { content: "\\2713"; color: var(--good) } .failed::before { content: "\\2717"; color: var(--bad) }
.failed { color: var(--bad) }
${TIMELINE}
.legend { display: flex; flex-wrap: wrap; gap: .4rem 1rem; font-size: .85rem; color: var(--soft) }
.legend span::before { content: ""; display: inline-block; width: .9em; height: .9em; margin-right: .35em;
  vertical-align: -.1em; background: currentColor }
.legend .up::before { background: var(--up) } .legend .away::before { background: var(--away) }
.legend .notice::before { background: var(--notice) } .legend .fence::before { background: var(--fence) }
.legend .dark::before { background: var(--dark) } .legend .move::before { background: var(--move) }
.legend .line::before { background: var(--floor); height: .2em; vertical-align: .25em }
`
