import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Release } from '../../../scripts/package/changelog.ts'
import { buildDeb } from '../../../scripts/package/deb.ts'

export const PROJECT = resolve(import.meta.dirname, '../../..')

const MAN_PAGE = String.raw`.TH ocf_haha_compose\-stack 7 "" "resource-agents-haha" "OCF resource agents"
.SH NAME
ocf_haha_compose\-stack \- stands in for the real page
.SH DESCRIPTION
The package tests need something to pack.
`

/** A .deb of this version with this project's debian/ and an agent that only prints its version. */
export async function debOfVersion(version: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'package-test-'))
  const dist = join(folder, 'dist')
  write(join(dist, 'ocf/haha/compose-stack'), `#!/usr/bin/node\nconsole.log('${version}')\n`)
  chmodSync(join(dist, 'ocf/haha/compose-stack'), 0o755)
  write(join(dist, 'man/ocf_haha_compose-stack.7'), MAN_PAGE)
  const releases: Release[] = [{ version, date: '2025-01-01', entries: ['Made for a test.'] }]
  return await buildDeb({ root: PROJECT, dist, releases, outFolder: folder })
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
