import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { timelinePicture } from '../../../scripts/drill/timeline-picture.ts'
import { parseXml } from '../../../scripts/pacemaker/xml.ts'

const root = join(import.meta.dirname, '../../..')
const text = (path: string) => readFileSync(join(root, path), 'utf8')

test('the picture in README is the record beside it, as it is drawn today, and needs nothing else', () => {
  const picture = text('docs/timeline.svg')
  expect(timelinePicture(text('docs/timeline.json'))).toBe(picture)
  expect(text('README.md')).toMatch(/!\[[^\]]{40,}\]\(docs\/timeline\.svg\)/)
  expect(Buffer.byteLength(picture)).toBeLessThan(30_000)
  expect(parseXml(picture).attributes.get('xmlns')).toBe('http://www.w3.org/2000/svg')
  expect(picture).not.toMatch(/<script|(?:src|href)=|url\(|@import/)
})

test('what is no record of a drill is not drawn', () => {
  for (const other of ['', '{}', '{"kind":"move"}', '{"kind":"dance","faultMs":1}'])
    expect(timelinePicture(other)).toBeUndefined()
})
