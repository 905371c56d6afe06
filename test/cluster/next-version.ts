import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

/** The package as a next release would be, for an upgrade under a running resource. */
export interface NextPackage {
  readonly file: string
  readonly version: string
}

/** Repacks the built package under a higher version. */
export async function packageOfNextVersion(): Promise<NextPackage> {
  const dist = join(import.meta.dirname, '../../dist')
  const built = (await readdir(dist)).find(name => /^resource-agents-haha_.*_all\.deb$/.test(name))
  if (built === undefined) throw new Error('no package in dist: npm run package')
  const folder = join(tmpdir(), 'haha-next-version')
  const tree = await mkdtemp(`${folder}-`)
  try {
    await execa('dpkg-deb', ['--raw-extract', join(dist, built), tree])
    const control = join(tree, 'DEBIAN/control')
    const text = await readFile(control, 'utf8')
    const version = `${/^Version: (.*)$/m.exec(text)?.[1]}+next`
    await writeFile(control, text.replace(/^Version: .*$/m, `Version: ${version}`))
    if (!existsSync(folder)) await mkdir(folder)
    const file = join(folder, 'next.deb')
    await execa('dpkg-deb', ['--root-owner-group', '--build', tree, file])
    return { file, version }
  } finally {
    await rm(tree, { recursive: true, force: true })
  }
}

export const removeNextPackage = (): Promise<void> =>
  rm(join(tmpdir(), 'haha-next-version'), { recursive: true, force: true })
