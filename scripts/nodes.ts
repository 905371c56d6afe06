import { join } from 'node:path'
import { cached, contentKey } from './engine/cache.ts'
import { bindToOwnLibraries, type DebianSuite, unpackPackages } from './engine/debian.ts'
import { npmTree } from './engine/npm.ts'

/** The builds of Node that the agents promise to run on: the official ones and Debian's own. */
export type NodeBuild = 'official-18' | 'official-20' | 'debian-12' | 'debian-13'

const SUITES = { 'debian-12': 'bookworm', 'debian-13': 'trixie' } as const
const NODE = 'usr/bin/node'

/** @returns the path of a `node` executable of that build, fetched once */
export async function nodeExecutable(build: NodeBuild): Promise<string> {
  if (build === 'debian-12' || build === 'debian-13') return debianNode(SUITES[build])
  const tree = await npmTree(join(import.meta.dirname, '../test/nodes'))
  return join(tree, 'node_modules', build === 'official-18' ? 'node18' : 'node20', 'bin/node')
}

/** Debian's node starts four times slower than the official one, so figures are quoted for both. */
async function debianNode(suite: DebianSuite): Promise<string> {
  const root = await cached(`node-${suite}-${contentKey(suite, '1')}`, async (folder, final) => {
    await unpackPackages(suite, ['nodejs'], folder)
    await bindToOwnLibraries(folder, final, [NODE])
  })
  return join(root, NODE)
}
