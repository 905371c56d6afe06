import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rules } from '../../../scripts/doctor/catalogue.ts'
import { doctorManPage } from '../../../scripts/doctor/man-page.ts'

const docs = join(import.meta.dirname, '../../../docs')
const page = readFileSync(join(docs, 'doctor.md'), 'utf8')

test('each rule has a row of its own on the page, in the same order', () => {
  const rows = [...page.matchAll(/^\| `([a-z0-9-]+)`/gm)].map(([, id]) => id)
  expect(rows).toEqual(rules.map(({ id }) => id))
})

test('each rule leads to a page that tells why, and that page names the rule', () => {
  const rows = new Map(
    [...page.matchAll(/^\| `([a-z0-9-]+)` .*\]\(([\w/-]+\.md)\) +\|$/gm)].map(([, id, file]) => [id, file]),
  )
  for (const { id } of rules) {
    const why = readFileSync(join(docs, rows.get(id) ?? `no page is named for ${id}`), 'utf8')
    expect(why, id).toContain(`\`${id}\``)
  }
})

test('the man page names every rule, and is ASCII', () => {
  const man = doctorManPage('1.2.3')
  for (const { id } of rules) expect(man).toContain(id.replaceAll('-', '\\-'))
  expect(man).toMatch(/^[\x20-\x7e\n]*$/)
  expect(man).toContain('"haha\\-ocf 1.2.3"')
})
