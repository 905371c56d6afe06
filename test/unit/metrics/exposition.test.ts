import { expect, test } from 'vitest'
import { expositionText } from '../../../lib/metrics/exposition.ts'
import { counter, gauge, sample } from '../../../lib/metrics/metric.ts'

const up = gauge('haha_up', 'Whether it is up.', 'target')
const runs = counter('haha_runs_total', 'How often it ran.')

test('the series of one metric stand together under its help and type, whatever their order was', () => {
  const samples = [sample(up, true, { target: 'a' }), sample(runs, 3, {}), sample(up, false, { target: 'b' })]
  expect(expositionText(samples, { resource: 'p' })).toBe(
    `# HELP haha_up Whether it is up.
# TYPE haha_up gauge
haha_up{resource="p",target="a"} 1
haha_up{resource="p",target="b"} 0
# HELP haha_runs_total How often it ran.
# TYPE haha_runs_total counter
haha_runs_total{resource="p"} 3
`,
  )
})

test('a series that is told twice has the last value, because a file with both is refused whole', () => {
  const samples = [sample(runs, 1, {}), sample(runs, 2, {})]
  expect(expositionText(samples, {}).match(/^haha_runs_total .*$/gm)).toEqual(['haha_runs_total 2'])
})

test.each([
  ['a\\b', 'a\\\\b'],
  ['say "no"', 'say \\"no\\"'],
  ['two\nlines', 'two\\nlines'],
  ['k\u00fcche', 'k\u00fcche'],
  ['} 1', '} 1'],
])('the label %j cannot end its line or its value', (target, escaped) => {
  expect(expositionText([sample(up, 1, { target })], {})).toContain(`\nhaha_up{target="${escaped}"} 1\n`)
})

test('help with a line break or a backslash stays one line, quotes in it stay as they are', () => {
  const odd = gauge('haha_odd', 'A "C:\\" and\nmore.')
  expect(expositionText([sample(odd, 1, {})], {})).toContain('# HELP haha_odd A "C:\\\\" and\\nmore.\n')
})

test('what is no number is left out, what is without bound is told as Prometheus writes it', () => {
  expect(expositionText([sample(runs, Number.NaN, {})], {})).toBe('')
  expect(expositionText([sample(runs, Number.POSITIVE_INFINITY, {})], {})).toContain('haha_runs_total +Inf\n')
  expect(expositionText([sample(runs, 1e-7, {})], {})).toContain('haha_runs_total 1e-7\n')
})
