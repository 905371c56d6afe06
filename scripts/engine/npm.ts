import { copyFile, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { cached, contentKey } from './cache.ts'

/**
 * Installs what the lockfile in `folder` pins, once, outside the repository.
 *
 * @param omit what is left out: `optional` where packages for other machines would come along
 * @returns the folder that holds `node_modules`
 */
export async function npmTree(
  folder: string,
  omit: readonly ('dev' | 'optional')[] = ['dev'],
): Promise<string> {
  const manifest = await readFile(join(folder, 'package.json'), 'utf8')
  const lock = await readFile(join(folder, 'package-lock.json'), 'utf8')
  return cached(`npm-${basename(folder)}-${contentKey(manifest, lock)}`, async target => {
    for (const file of ['package.json', 'package-lock.json', '.npmrc']) {
      await copyFile(join(folder, file), join(target, file))
    }
    // No install scripts: they would build or download for the host's node, not for the image's.
    await execa(
      'npm',
      ['ci', ...omit.map(kind => `--omit=${kind}`), '--ignore-scripts', '--no-audit', '--no-fund'],
      { cwd: target },
    )
  })
}
