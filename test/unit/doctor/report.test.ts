import { expect, test } from 'vitest'
import { judge } from '../../../scripts/doctor/catalogue.ts'
import type { NamedFinding, Rule, Severity } from '../../../scripts/doctor/finding.ts'
import { nothingSeen } from '../../../scripts/doctor/observation.ts'
import { exitCode, jsonReport, type Report, textReport } from '../../../scripts/doctor/report.ts'

const finding = (severity: Severity, more: Partial<NamedFinding> = {}): NamedFinding => ({
  rule: 'some-rule',
  severity,
  seen: 'something',
  why: 'because',
  crmsh: 'crm this',
  pcs: 'pcs that',
  ...more,
})

const report = (findings: readonly NamedFinding[], more: Partial<Report> = {}): Report => ({
  version: '1.2.3',
  node: 'n1',
  clusterSeen: true,
  findings,
  gaps: [],
  ...more,
})

test.each([
  ['nothing', [], true, 0],
  ['notices', ['notice'], true, 0],
  ['a warning among notices', ['warning', 'notice'], true, 1],
  ['something critical', ['critical', 'warning'], true, 2],
  ['something critical, and no cluster', ['critical'], false, 3],
] as const)('the exit code for %s', (_, found, clusterSeen, code) => {
  expect(
    exitCode(
      report(
        found.map(severity => finding(severity)),
        { clusterSeen },
      ),
    ),
  ).toBe(code)
})

test('a finding is a block: a line that says it, why, and the command for either shell', () => {
  expect(textReport(report([finding('critical')]))).toBe(`CRITICAL some-rule: something
  why    because
  crmsh  crm this
  pcs    pcs that

haha-doctor on n1: 1 critical, 0 warnings, 0 notices
`)
})

test('a command that is the same for both is shown once', () => {
  const text = textReport(report([finding('notice', { crmsh: 'chmod 0600 /x', pcs: 'chmod 0600 /x' })]))
  expect(text).toContain('  cure   chmod 0600 /x\n')
  expect(text).not.toContain('pcs')
})

test('its first line stays one line under 200 characters, whatever was seen', () => {
  const seen = `${'long '.repeat(60)}\n\u001b[31mand coloured`
  const [first = ''] = textReport(report([finding('warning', { seen })])).split('\n')
  expect(first.length).toBeLessThan(200)
  expect(first).toMatch(/^WARNING some-rule: long .*\.\.\.$/)
})

test('what could not be looked at is told, and counted', () => {
  const text = textReport(report([], { clusterSeen: false, gaps: [{ what: 'DRBD', why: 'no\nanswer' }] }))
  expect(text).toBe(`could not look at DRBD: no answer

haha-doctor on n1: 0 critical, 0 warnings, 0 notices; the cluster could not be looked at; 1 gap in what could be seen
`)
})

test('JSON holds the findings, the gaps and the exit code', () => {
  const gaps = [{ what: 'DRBD', why: 'no answer' }]
  const json: unknown = JSON.parse(jsonReport(report([finding('warning')], { gaps })))
  expect(json).toEqual({
    version: '1.2.3',
    node: 'n1',
    clusterSeen: true,
    findings: [{ ...finding('warning') }],
    gaps,
    exitCode: 1,
  })
})

test('the worst comes first, and a rule that fails is a gap beside what the others say', () => {
  const rule = (id: string, severity: Severity): Rule => ({
    id,
    about: '',
    check: () => [{ severity, seen: id, why: '', crmsh: '', pcs: '' }],
  })
  const failing: Rule = {
    id: 'failing',
    about: '',
    check() {
      throw new Error('nobody thought of that')
    },
  }
  const asked = [rule('a', 'notice'), failing, rule('b', 'critical'), rule('c', 'warning')]
  const { findings, gaps } = judge(nothingSeen, asked)
  expect(findings.map(({ rule: id }) => id)).toEqual(['b', 'c', 'a'])
  expect(gaps).toEqual([{ what: 'rule failing', why: 'nobody thought of that' }])
})

test('where nothing was seen, no rule has anything to say', () => {
  expect(judge(nothingSeen)).toEqual({ findings: [], gaps: [] })
})
