import { existsSync, readdirSync } from 'node:fs'
import { join, sep } from 'node:path'

/** One layer of test: the folder `test/<name>/`. */
export interface Layer {
  readonly name: string
  readonly budgetMinutes: number
  /** Tests the built bundles and the .deb, not the sources. */
  readonly needsDist: boolean
  /** Test files that run beside each other; as many as there are cores where they only compute. */
  readonly filesAtOnce: number | 'as many as cores'
  /** What one test and one hook may take by default. */
  readonly timeoutSeconds: number
}

/** All layers, in the order in which they run: the cheapest answer first. */
export const LAYERS: readonly Layer[] = [
  { name: 'unit', budgetMinutes: 1, needsDist: false, filesAtOnce: 'as many as cores', timeoutSeconds: 20 },
  { name: 'conformance', budgetMinutes: 6, needsDist: true, filesAtOnce: 1, timeoutSeconds: 120 },
  { name: 'peers', budgetMinutes: 12, needsDist: true, filesAtOnce: 2, timeoutSeconds: 180 },
  { name: 'cluster', budgetMinutes: 18, needsDist: true, filesAtOnce: 1, timeoutSeconds: 600 },
  { name: 'storage', budgetMinutes: 20, needsDist: true, filesAtOnce: 1, timeoutSeconds: 900 },
]

/** For packages, npm ci, build, .deb and the ground that layers ask for, together. */
export const SET_UP_BUDGET_MINUTES = 8

const TEST_FILE = /\.test\.[cm]?[jt]sx?$/
const NOT_OURS = new Set(['node_modules', 'dist', '.git'])

/** Paths below `root` of everything that looks like a test file. */
export function testFiles(root: string): string[] {
  const found: string[] = []
  const walk = (folder: string) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && !NOT_OURS.has(entry.name)) walk(path)
      else if (entry.isFile() && TEST_FILE.test(entry.name)) found.push(path)
    }
  }
  walk('.')
  return found.sort()
}

/** The layer whose runs pick up this test file; undefined: no layer would ever run it. */
export function layerOf(testFile: string): Layer | undefined {
  if (!testFile.endsWith('.test.ts')) return undefined
  return LAYERS.find(layer => testFile.startsWith(`test${sep}${layer.name}${sep}`))
}

/** A layer's optional module beside its tests: `requirements.ts` or `set-up.ts`. */
export function besideTests(root: string, layer: Layer, file: string): string | undefined {
  const path = join(root, 'test', layer.name, file)
  return existsSync(path) ? path : undefined
}
