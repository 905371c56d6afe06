import type { Sample } from './metric.ts'

/**
 * Samples in Prometheus' text format 0.0.4: the series of one metric together, each once (the last value
 * counts), and never a value that is no number.
 *
 * @param common labels that every series has besides its own
 */
export function expositionText(samples: readonly Sample[], common: Readonly<Record<string, string>>): string {
  const families = new Map<string, Map<string, string>>()
  for (const { metric, labels, value } of samples) {
    const { name, type, help } = metric
    if (Number.isNaN(value)) continue
    const head = `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n`
    const family = families.get(head) ?? new Map<string, string>()
    family.set(`${name}${labelText({ ...common, ...labels })}`, valueText(value))
    families.set(head, family)
  }
  let text = ''
  for (const [head, family] of families) {
    text += head
    for (const [series, value] of family) text += `${series} ${value}\n`
  }
  return text
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`,
  )
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

/** A line break or a backslash in a text would end or bend its line. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function valueText(value: number): string {
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf'
}
