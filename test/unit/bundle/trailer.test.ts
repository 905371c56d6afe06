import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Script } from 'node:vm'
import { expect, test } from 'vitest'
import { trailerOf, trailerText } from '../../../lib/bundle/trailer.ts'

test('what stands behind the code is read back, and is a comment whatever it holds', () => {
  const folder = mkdtempSync(join(tmpdir(), 'haha-trailer-'))
  try {
    const metadataXml = '<?xml version="1.0"?>\n<longdesc>/mnt/log/*/log.log\n/* not the end */</longdesc>\n'
    const trailer = { program: 'YWJj/+==', metadataXml }
    const bundle = join(folder, 'bundle')
    writeFileSync(bundle, `41 + 1${trailerText(trailer)}`)
    expect(trailerOf(bundle)).toEqual(trailer)
    expect(new Script(`41 + 1${trailerText(trailer)}`).runInThisContext()).toBe(42)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('what could not be read back is refused', () => {
  for (const metadataXml of ['a *\\/ b', 'ü', 'a\n//program b'])
    expect(() => trailerText({ program: 'YWJj', metadataXml }), metadataXml).toThrow(
      'cannot stand in a comment',
    )
})
