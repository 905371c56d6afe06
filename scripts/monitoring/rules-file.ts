import type { Alert } from './alerts.ts'

/** A rules file of Prometheus. Texts are JSON, which YAML reads as it is. */
export function rulesFile(alerts: readonly Alert[]): string {
  const head = [
    '# Alerts on what the agents of resource-agents-haha tell. Load it with rule_files in prometheus.yml.',
    'groups:',
    '  - name: haha',
    '    rules:',
  ]
  return `${[...head, ...alerts.flatMap(rule)].join('\n')}\n`
}

function rule({ name, expr, for: during, severity, summary, action }: Alert): readonly string[] {
  return [
    `      - alert: ${name}`,
    `        expr: ${JSON.stringify(expr)}`,
    `        for: ${during}`,
    '        labels:',
    `          severity: ${severity}`,
    '        annotations:',
    `          summary: ${JSON.stringify(summary)}`,
    `          description: ${JSON.stringify(action)}`,
  ]
}
