import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './pages.ts'

/** An exit reason as the runbook quotes it, `<...>` standing for what differs. */
export interface QuotedReason {
  /** Heading of the section: the agent, or something that begins with its name. */
  readonly section: string
  readonly reason: string
}

/** The quotes in the first column of the runbook's tables of reasons. */
export function quotedReasons(runbook: string): readonly QuotedReason[] {
  return runbook.split(/^## /m).flatMap(part => {
    const [section = ''] = part.split('\n')
    const [, rows = ''] = part.split(/^\| symptom: the reason says .*\n\|[ |-]*\n/m)
    return [...rows.matchAll(/^\| `([^`]+)`/gm)].map(([, reason = '']) => ({ section, reason }))
  })
}

/** Where the reasons of an agent are written: its own files, and the library under it. */
export function sourcesOf(section: string): readonly string[] {
  const [agent = ''] = section.split(' ')
  const folders = agent === 'fence_homelab' ? ['fence'] : [`agents/${agent}`, 'lib']
  return folders.flatMap(folder =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.ts'))
      .map(name => readFileSync(join(ROOT, folder, name), 'utf8')),
  )
}

/** Whether a text of these sources says it; only what stands for something may differ. */
export function isSaid(reason: string, sources: readonly string[]): boolean {
  const quoted = reason.replaceAll(/<[^>]*>/g, GAP)
  return sources.some(source => texts(source).some(text => text.includes(quoted)))
}

const GAP = '‹›'

/** The strings and templates of a source, each `${...}` a gap; neighbouring gaps are one. */
function texts(source: string): readonly string[] {
  const found = [...source.matchAll(/`([^`]*)`|'((?:[^'\n\\]|\\.)*)'|"((?:[^"\n\\]|\\.)*)"/g)]
  return found.map(([, template, single, double]) =>
    (template ?? single ?? double ?? '')
      .replaceAll(/\$\{[^{}]*(\{[^{}]*\}[^{}]*)*\}/g, GAP)
      .replaceAll(/(‹›)+/g, GAP)
      .replaceAll(/\\(.)/g, '$1'),
  )
}
