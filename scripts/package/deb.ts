import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { debianChangelog, debianVersion, type Release, releaseSeconds } from './changelog.ts'

/** What goes into a .deb, and where that is put. */
export interface DebSources {
  /** Project folder: debian/, README.md, docs/, examples/. */
  readonly root: string
  /** Built bundles and man pages: ocf/haha/, lib/haha/, share/, sbin/, man/. */
  readonly dist: string
  /** Newest first; the first one is the version that is packed. */
  readonly releases: readonly Release[]
  readonly outFolder: string
}

/**
 * Packs the .deb and hands back its path. The same sources give the same bytes: times come from the
 * newest release, and nothing of the caller's environment reaches debhelper. Throws with debhelper's
 * own words when it fails.
 */
export async function buildDeb({ root, dist, releases, outFolder }: DebSources): Promise<string> {
  const [newest] = releases
  if (newest === undefined) throw new Error('CHANGELOG.md names no release, so there is no version to pack')
  const agents = join(dist, 'ocf/haha')
  if (!existsSync(agents) || readdirSync(agents).length === 0) {
    throw new Error(`no agent in ${agents}: nothing to pack; run npm run build`)
  }
  const scratch = mkdtempSync(join(tmpdir(), 'haha-deb-'))
  try {
    const tree = join(scratch, 'tree')
    mkdirSync(tree)
    for (const name of ['debian', 'README.md', 'docs', 'examples']) copy(join(root, name), join(tree, name))
    for (const name of ['ocf/haha', 'lib/haha', 'share', 'sbin', 'man'])
      copy(join(dist, name), join(tree, 'dist', name))
    const control = readFileSync(join(tree, 'debian/control'), 'utf8')
    const source = field(control, 'Source')
    writeFileSync(
      join(tree, 'debian/changelog'),
      debianChangelog(source, field(control, 'Maintainer'), releases),
    )
    backdate(tree, releaseSeconds(newest))
    await execa('debian/rules', ['binary'], {
      cwd: tree,
      all: true,
      extendEnv: false,
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        LC_ALL: 'C.UTF-8',
        SOURCE_DATE_EPOCH: String(releaseSeconds(newest)),
      },
    })
    const name = `${source}_${debianVersion(newest.version)}_all.deb`
    mkdirSync(outFolder, { recursive: true })
    cpSync(join(scratch, name), join(outFolder, name))
    return join(outFolder, name)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function copy(from: string, to: string): void {
  if (existsSync(from)) cpSync(from, to, { recursive: true, dereference: true })
}

/** dpkg-deb takes later times back to SOURCE_DATE_EPOCH but keeps earlier ones, which differ by checkout. */
function backdate(folder: string, seconds: number): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    utimesSync(join(folder, name), seconds, seconds)
  }
}

function field(control: string, name: string): string {
  const value = new RegExp(`^${name}: (.+)$`, 'm').exec(control)?.[1]
  if (value === undefined) throw new Error(`debian/control has no ${name}`)
  return value
}
