import { expect, test } from 'vitest'
import { judge } from '../../../scripts/doctor/catalogue.ts'
import { readCib } from '../../../scripts/pacemaker/read-cib.ts'
import { captured } from './captured.ts'
import { captured as capturedText } from './captured-text.ts'

const broken = captured('broken')
const xml = capturedText('broken', 'cib.xml')

/** The same numbers in every run, so that a CIB that was found can be found again. */
function* numbers(): Generator<number, never> {
  let state = 7
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state
  }
}

test('a CIB that lacks attributes, or has others and strange values, fails no rule', () => {
  const random = numbers()
  const attributes = [...xml.matchAll(/ ([\w-]+)="[^"]*"/g)]
  const values = [
    '',
    'INFINITY',
    '-1',
    'PT5M',
    '9'.repeat(40),
    '../../etc',
    '&lt;b&gt;',
    '\u00e4',
    'n1 n2;n3:x,,',
  ]
  for (let round = 0; round < 60; round += 1) {
    let text = xml
    for (let spoilt = 0; spoilt < 12; spoilt += 1) {
      const [whole = '', name = ''] = attributes[random.next().value % attributes.length] ?? []
      const value = values[random.next().value % values.length]
      text = text.replace(whole, random.next().value % 2 === 0 ? '' : ` ${name}="${value}"`)
    }
    const { gaps } = judge({ ...broken, cib: readCib(text) })
    expect(gaps, `round ${round}`).toEqual([])
  }
})

test('a CIB with nothing in it has no findings but that nothing fences', () => {
  const { findings, gaps } = judge({ ...broken, status: undefined, cib: readCib('<cib/>'), containers: [] })
  expect({ rules: findings.map(({ rule }) => rule), gaps }).toEqual({ rules: ['stonith-absent'], gaps: [] })
})
