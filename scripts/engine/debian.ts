import { mkdir, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

export type DebianSuite = 'bookworm' | 'trixie' | 'forky' | 'sid'

/** Where this machine gets its Debian packages from. */
export interface DebianSource {
  readonly uri: string
  readonly keyring: string
}

const ARCHIVE_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const LIBRARIES = 'usr/lib/x86_64-linux-gnu'
const LOADER = `${LIBRARIES}/ld-linux-x86-64.so.2`
const DOCUMENTATION = ['doc', 'man', 'locale', 'info', 'lintian', 'bash-completion', 'zsh', 'fish']

/**
 * Fetches packages of one Debian suite with all they depend on, libc included, and unpacks them into
 * `folder`. Nothing is installed: apt works on a state of its own, with an empty list of installed packages.
 */
export async function unpackPackages(
  suite: DebianSuite,
  packages: readonly string[],
  folder: string,
): Promise<void> {
  const { apt, env } = await privateApt(suite, folder)
  await execa('apt-get', ['install', '-y', '-qq', '--download-only', ...packages], { env })
  const archives = join(apt, 'cache/archives')
  const debs = (await readdir(archives)).filter(name => name.endsWith('.deb'))
  // Debian 12's packages still unpack into /lib, later ones into /usr/lib.
  for (const name of ['bin', 'lib', 'lib64', 'sbin']) {
    await mkdir(join(folder, 'usr', name), { recursive: true })
    await symlink(`usr/${name}`, join(folder, name))
  }
  for (const deb of debs) await unpackMerged(join(archives, deb), folder)
  await rm(apt, { recursive: true })
  for (const name of DOCUMENTATION)
    await rm(join(folder, 'usr/share', name), { recursive: true, force: true })
}

/** The same without what the packages depend on: for scripts that run on this host's own interpreter. */
export async function unpackAlone(
  suite: DebianSuite,
  packages: readonly string[],
  folder: string,
): Promise<void> {
  const { apt, env } = await privateApt(suite, folder)
  await execa('apt-get', ['download', '-qq', ...packages], { env, cwd: apt })
  for (const name of await readdir(apt))
    if (name.endsWith('.deb')) await unpackMerged(join(apt, name), folder)
  await rm(apt, { recursive: true })
}

/** An apt with a state of its own below `folder`, which knows the packages of one suite. */
async function privateApt(suite: DebianSuite, folder: string) {
  const apt = join(folder, '.apt')
  await mkdir(join(apt, 'lists/partial'), { recursive: true })
  await mkdir(join(apt, 'cache/archives/partial'), { recursive: true })
  const { uri, keyring } = await debianSource()
  await writeFile(join(apt, 'sources.list'), `deb [signed-by=${keyring}] ${uri} ${suite} main\n`)
  await writeFile(join(apt, 'status'), '')
  await writeFile(join(apt, 'apt.conf'), privateAptConfiguration(apt))
  const env = { APT_CONFIG: join(apt, 'apt.conf'), DEBIAN_FRONTEND: 'noninteractive' }
  await execa('apt-get', ['update', '-qq'], { env })
  return { apt, env }
}

/** Like `dpkg-deb --extract`, which would replace the links of a merged /usr by folders. */
async function unpackMerged(deb: string, folder: string): Promise<void> {
  const unpack = ['--extract', '--keep-directory-symlink', '--directory', folder]
  await execa('dpkg-deb', ['--fsys-tarfile', deb], { buffer: false }).pipe('tar', unpack)
}

/**
 * Binds executables to the libc and libraries of their own tree, so that they run on a host with an older
 * or newer libc. Needs the Debian package patchelf.
 *
 * @param final where the tree will stand when it is used
 */
export async function bindToOwnLibraries(
  folder: string,
  final: string,
  executables: readonly string[],
): Promise<void> {
  for (const executable of executables) {
    const file = await realpath(join(folder, executable))
    // RPATH, not RUNPATH: only that one also holds for the libraries of libraries.
    const library = join(final, LIBRARIES)
    const interpreter = join(final, LOADER)
    await execa('patchelf', ['--force-rpath', '--set-rpath', library, '--set-interpreter', interpreter, file])
  }
}

/** Runs an executable of a tree with the loader and the libraries of that tree. */
export async function runInTree(
  folder: string,
  executable: string,
  args: readonly string[],
): Promise<string> {
  const loader = join(folder, LOADER)
  const { stdout } = await execa(loader, ['--library-path', join(folder, LIBRARIES), executable, ...args])
  return stdout
}

/** Paths of every shared library that an executable needs, found in the tree `folder`. */
export async function sharedLibraries(folder: string, executable: string): Promise<string[]> {
  const listing = await runInTree(folder, '--list', [executable])
  return [...listing.matchAll(/=> (\/\S+)/g)].flatMap(([, path]) => (path ? [path] : []))
}

/** The loader of a tree, which every image with dynamic executables needs at /lib64. */
export const loaderOf = (folder: string): string => join(folder, LOADER)

/** @throws when this machine has no Debian archive in its apt sources */
export async function debianSource(): Promise<DebianSource> {
  const stanzas = await sourceStanzas()
  const own = stanzas.find(({ keyring }) => keyring.includes('debian-archive')) ?? stanzas[0]
  if (own) return own
  throw new Error(
    'no Debian package source found under /etc/apt: the oldest and newest engines come from Debian, add one',
  )
}

async function sourceStanzas(): Promise<DebianSource[]> {
  const folder = '/etc/apt/sources.list.d'
  const names = await readdir(folder).catch(() => [])
  const found: DebianSource[] = []
  for (const path of ['/etc/apt/sources.list', ...names.sort().map(name => join(folder, name))]) {
    const text = await readFile(path, 'utf8').catch(() => '')
    if (path.endsWith('.sources')) found.push(...deb822Sources(text))
    else if (path.endsWith('.list')) found.push(...oneLineSources(text))
  }
  return found
}

function deb822Sources(text: string): DebianSource[] {
  return text.split(/\n\s*\n/).flatMap(stanza => {
    const field = (name: string) => new RegExp(`^${name}:\\s*(.+)$`, 'mi').exec(stanza)?.[1]?.trim()
    const uri = field('URIs')?.split(/\s+/)[0]
    if (!uri || !isDebianMain(field('Suites') ?? '', field('Components') ?? '')) return []
    const signedBy = field('Signed-By')
    return [{ uri, keyring: signedBy?.startsWith('/') ? signedBy : ARCHIVE_KEYRING }]
  })
}

function oneLineSources(text: string): DebianSource[] {
  return text.split('\n').flatMap(line => {
    const [, options, uri, suite, components] =
      /^deb\s+(?:\[(.*?)\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    if (!uri || !suite || !isDebianMain(suite, components ?? '')) return []
    return [{ uri, keyring: /signed-by=(\S+)/.exec(options ?? '')?.[1] ?? ARCHIVE_KEYRING }]
  })
}

const isDebianMain = (suites: string, components: string): boolean =>
  /(^|\s)(bookworm|trixie|forky|sid|stable|oldstable|testing|unstable)(\s|$)/.test(suites) &&
  /(^|\s)main(\s|$)/.test(components)

const privateAptConfiguration = (folder: string): string => `
Dir::Etc::sourcelist "${folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "${folder}";
Dir::State::status "${folder}/status";
Dir::State::lists "${folder}/lists";
Dir::Cache "${folder}/cache";
APT::Install-Recommends "0";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
`
