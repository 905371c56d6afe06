import { oneLine } from '../../lib/ocf/exit-reason.ts'
import { shown } from '../../lib/ocf/parameter.ts'
import { type NamedFinding, type Severity, severities } from './finding.ts'
import type { Gap } from './observation.ts'

export interface Report {
  readonly version: string
  /** This node. */
  readonly node: string | undefined
  /** Whether the cluster's configuration or its state was seen. */
  readonly clusterSeen: boolean
  readonly findings: readonly NamedFinding[]
  readonly gaps: readonly Gap[]
}

export const exitStatus = { fine: 0, warning: 1, critical: 2, noCluster: 3, usage: 64 } as const

/** 0 nothing or notices only, 1 warnings, 2 something critical, 3 the cluster could not be looked at. */
export function exitCode({ clusterSeen, findings }: Report): number {
  if (!clusterSeen) return exitStatus.noCluster
  const worst = severities.find(severity => count(findings, severity) > 0)
  if (worst === 'critical') return exitStatus.critical
  return worst === 'warning' ? exitStatus.warning : exitStatus.fine
}

/** A block for each finding, then what could not be looked at, then one line that sums up. */
export function textReport(report: Report): string {
  const { findings, gaps } = report
  const blocks = findings.map(findingText)
  if (gaps.length > 0)
    blocks.push(gaps.map(({ what, why }) => oneLine(`could not look at ${what}: ${why}`)).join('\n'))
  return [...blocks, summary(report)].map(block => `${block}\n`).join('\n')
}

/** One object: what scripts and other tools read. */
export function jsonReport(report: Report): string {
  const { version, node, clusterSeen, findings, gaps } = report
  return `${JSON.stringify({ version, node, clusterSeen, findings, gaps, exitCode: exitCode(report) }, undefined, 2)}\n`
}

function findingText({ severity, rule, seen, why, crmsh, pcs }: NamedFinding): string {
  const first = oneLine(`${severity.toUpperCase()} ${rule}: ${seen}`)
  const cure = crmsh === pcs ? [commands('cure', crmsh)] : [commands('crmsh', crmsh), commands('pcs', pcs)]
  return [first, ...wrapped('why', why), ...cure].join('\n')
}

function commands(label: string, text: string): string {
  return text
    .split('\n')
    .map((line, index) => `  ${(index === 0 ? label : '').padEnd(7)}${shown(line, longestCommand)}`)
    .join('\n')
}

/** Longer than any that a rule makes of names as they are. */
const longestCommand = 2000

const width = 100

function wrapped(label: string, text: string): readonly string[] {
  const lines: string[] = []
  let line = `  ${label.padEnd(6)}`
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > width) {
      lines.push(line)
      line = ' '.repeat(8)
    }
    line += ` ${word}`
  }
  return [...lines, line]
}

function summary({ node, clusterSeen, findings, gaps }: Report): string {
  const counts = severities.map(severity => counted(count(findings, severity), nouns[severity]))
  const blind = clusterSeen ? '' : '; the cluster could not be looked at'
  const missed = gaps.length === 0 ? '' : `; ${counted(gaps.length, ['gap', 'gaps'])} in what could be seen`
  return `haha-doctor on ${node ?? 'this node'}: ${counts.join(', ')}${blind}${missed}`
}

const nouns: Readonly<Record<Severity, readonly [string, string]>> = {
  critical: ['critical', 'critical'],
  warning: ['warning', 'warnings'],
  notice: ['notice', 'notices'],
}

function counted(number: number, [one, many]: readonly [string, string]): string {
  return `${number} ${number === 1 ? one : many}`
}

function count(findings: readonly NamedFinding[], severity: Severity): number {
  return findings.filter(finding => finding.severity === severity).length
}
