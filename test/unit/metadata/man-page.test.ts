import { expect, test } from 'vitest'
import { manPage } from '../../../metadata/man-page.ts'
import { sample } from './sample-agent/definition.ts'

const page = manPage(sample, '1.2.3')

test('no text becomes a roff request', () => {
  const requests = page.split('\n').filter(line => /^[.']/.test(line))
  const known = /^\.(TH|SH|PP|TP|IP|B|BR|RS|RE|nf|fi|ad|nh)( |$)/
  expect(requests.filter(line => !known.test(line))).toEqual([])
  expect(page.match(/^\.TH/gm)).toHaveLength(1)
})

test('every backslash of a text is printed, not obeyed', () => {
  expect(page).toContain('\\(rsfB')
  expect(page).not.toContain('\\fB')
})

test('the page is ASCII, so that every locale shows the same', () => {
  expect(/^[\n -~]*$/.test(page)).toBe(true)
})

test('sections come in the order a reader of man pages expects', () => {
  expect([...page.matchAll(/^\.SH "(.*)"$/gm)].map(match => match[1])).toEqual([
    'NAME',
    'SYNOPSIS',
    'DESCRIPTION',
    'SUPPORTED PARAMETERS',
    'SUPPORTED ACTIONS',
    'EXAMPLE CRM SHELL',
    'EXAMPLE PCS',
    'WHAT IT DOES NOT DO',
    'REQUIREMENTS',
    'SEE ALSO',
  ])
})

test('a section without content is left out', () => {
  expect(manPage({ ...sample, nonGoals: [], requirements: [] }, '1')).not.toContain('DOES NOT DO')
})
