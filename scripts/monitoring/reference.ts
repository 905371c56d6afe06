import type { Metric } from '../../lib/metrics/metric.ts'
import type { Alert } from './alerts.ts'
import type { MetricGroup } from './all-metrics.ts'

/** The page of all metrics and alerts. */
export function metricsReference(groups: readonly MetricGroup[], alerts: readonly Alert[]): string {
  const parts = groups.map(({ title, metrics }) =>
    [`## ${title}`, table(['metric', 'type', 'labels', 'meaning'], metrics.map(row))].join('\n\n'),
  )
  const alertRows = alerts.map(({ name, severity, for: during, expr, action }) => [
    `\`${name}\``,
    severity,
    during,
    `\`${cell(expr)}\``,
    cell(action),
  ])
  return `# Metrics and alerts

All metrics but those of haha-drill have the labels \`agent\` and \`resource\` besides those named here. How to
turn them on: [../metrics.md](../metrics.md).

${parts.join('\n\n')}

## Alerts

${table(['alert', 'severity', 'for', 'when', 'what to do'], alertRows)}
`
}

function row({ name, type, labels, help }: Metric): readonly string[] {
  return [`\`${name}\``, type, labels.map(label => `\`${label}\``).join(', '), cell(help)]
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows]
  return lines.map(cells => `| ${cells.join(' | ')} |`).join('\n')
}
