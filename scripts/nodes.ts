import { readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cached, contentKey } from './engine/cache.ts'
import { bindToOwnLibraries, type DebianSuite, unpackPackages } from './engine/debian.ts'
import { npmTree } from './engine/npm.ts'

/** The builds of Node that the agents promise to run on: the official ones and Debian's own. */
export type NodeBuild = 'official-18' | 'official-20' | 'debian-12' | 'debian-13'

interface DebianNode {
  readonly suite: DebianSuite
  /** Exactly as long as `/usr/share/nodejs`, in whose place it is written into libnode. */
  readonly modules: string
}

const DEBIAN: Record<'debian-12' | 'debian-13', DebianNode> = {
  'debian-12': { suite: 'bookworm', modules: '/run/haha-node-12' },
  'debian-13': { suite: 'trixie', modules: '/run/haha-node-13' },
}
const NODE = 'usr/bin/node'
const MODULES = '/usr/share/nodejs'
const LIBRARIES = 'usr/lib/x86_64-linux-gnu'

/** @returns the path of a `node` executable of that build, fetched once */
export async function nodeExecutable(build: NodeBuild): Promise<string> {
  if (build === 'debian-12' || build === 'debian-13') return debianNode(DEBIAN[build])
  const tree = await npmTree(join(import.meta.dirname, '../test/nodes'))
  return join(tree, 'node_modules', build === 'official-18' ? 'node18' : 'node20', 'bin/node')
}

/**
 * Debian's node starts four times slower than the official one, so figures are quoted for both. It reads
 * some of its built-in modules from /usr/share/nodejs at every start, a path compiled in: a link of equal
 * length leads to those of its own tree.
 */
async function debianNode({ suite, modules }: DebianNode): Promise<string> {
  const root = await cached(`node-${suite}-${contentKey(suite, modules, '2')}`, async (folder, final) => {
    await unpackPackages(suite, ['nodejs'], folder)
    await bindToOwnLibraries(folder, final, [NODE])
    for (const name of await readdir(join(folder, LIBRARIES))) {
      if (/^libnode\.so\.\d+$/.test(name)) await replaceBytes(join(folder, LIBRARIES, name), MODULES, modules)
    }
  })
  await pointTo(modules, join(root, MODULES))
  return join(root, NODE)
}

async function replaceBytes(file: string, from: string, to: string): Promise<void> {
  if (from.length !== to.length) throw new Error(`${to} must be as long as ${from}`)
  const bytes = await readFile(file)
  let found = 0
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) {
    bytes.write(to, at, 'latin1')
    found++
  }
  if (found === 0)
    throw new Error(`${file} does not mention ${from}: this build needs no link, or another one`)
  await writeFile(file, bytes)
}

/** The link lies on tmpfs, so it is made anew after each boot; renaming keeps it whole for others. */
async function pointTo(link: string, target: string): Promise<void> {
  const fresh = `${link}.${process.pid}`
  await rm(fresh, { force: true })
  await symlink(target, fresh)
  await rename(fresh, link)
}
