import { expect, test } from 'vitest'
import { crmshExample, pcsExample } from '../../../metadata/example.ts'
import { sample } from './sample-agent/definition.ts'

test('the crmsh example becomes the same primitive for pcs', () => {
  expect(pcsExample(sample.example)).toBe(
    [
      'pcs resource create p_sample ocf:haha:sample',
      "directory=/mnt/iot/stack 'services=mosquitto node-red'",
      'op start timeout=120s',
      'monitor interval=15s timeout=20s',
      'monitor interval=61s timeout=60s OCF_CHECK_LEVEL=10',
      'meta migration-threshold=3',
    ].join(' \\\n  '),
  )
})

test('a value with quotes and shell characters reaches pcs unharmed', () => {
  expect(pcsExample(`primitive p ocf:haha:x params a="it's $(reboot)"`)).toContain(`'a=it'\\''s $(reboot)'`)
})

test('an example written with its command is not given the command twice', () => {
  expect(crmshExample('crm configure primitive p ocf:haha:x')).toBe('crm configure primitive p ocf:haha:x')
})

test.each([
  ['primitive p ocf:haha:x params a="b', 'a quote is never closed'],
  ['primitive p ocf:haha:x params a', "'a' is neither"],
  ['primitive p', 'expected "primitive <id>'],
])('%s is refused', (example, problem) => {
  expect(() => pcsExample(example)).toThrow(problem)
})
