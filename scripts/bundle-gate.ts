import { basename, dirname, join } from 'node:path'
import type { Metafile } from 'esbuild'

/** Bytes an agent's bundle should have. `npm run bench` says whether it does. */
export const agentBytesGoal = 60_000

/**
 * Bytes a bundle may not exceed: node reads and parses them at every monitor, and each KB of code that never
 * runs is 0.03 ms of processor time (86 and 172 KB against an empty script, 60 paired runs, node 20).
 * These are over the goal, minified and without their documentation; a sixth of each is its XML. The bound
 * keeps them from growing: ollama-gpu keeps its server in three ways, network-peripheral speaks seven
 * protocols, Noise among them, nfs-ocfs2-export has its own client of NFSv4
 * and runs the server with the records of its clients.
 */
const agentBytesLimits: Readonly<Record<string, number>> = {
  'compose-stack': 93_000,
  'network-peripheral': 113_000,
  'nfs-ocfs2-export': 88_000,
  'ollama-gpu': 95_000,
}

/** Bytes that the bundle of an agent may not exceed. */
export function agentBytesLimit(agent: string): number {
  return agentBytesLimits[agent] ?? agentBytesGoal
}

/** Where a bundle was made from. */
export interface BundleOrigin {
  /** The agent's file, relative to the project. */
  readonly entry: string
  /** Name of the bundle's entry in the metafile. */
  readonly main: string
  /** Names of the generated modules, the entry among them. */
  readonly generated: readonly string[]
}

/**
 * What is wrong with a bundle, a phrase each: sources that do not belong in it (a package, another
 * agent, anything but the agent, its folder and the library), or built-ins that every run would pay for.
 */
export function bundleFaults(metafile: Metafile, origin: BundleOrigin): string[] {
  if (origin.entry.startsWith('scripts/')) return toolFaults(metafile, origin)
  const isFence = origin.entry.startsWith('fence/')
  const parts = isFence ? 'fence/' : `${join(dirname(origin.entry), basename(origin.entry, '.ts'))}/`
  const foreign = Object.keys(metafile.inputs)
    .filter(input => input !== origin.entry && !origin.generated.includes(input))
    .filter(input => !input.startsWith('lib/') && !input.startsWith(parts))
    .map(input => `${input} does not belong in a bundle`)
  return isFence ? foreign : [...foreign, ...eagerFaults(metafile, origin)]
}

/** A tool runs seldom, so what it loads when is its own affair; but it is one file, without packages. */
function toolFaults(metafile: Metafile, origin: BundleOrigin): string[] {
  return Object.keys(metafile.inputs)
    .filter(input => !origin.generated.includes(input))
    .filter(input => input.includes('node_modules/') || input.startsWith('test/'))
    .map(input => `${input} does not belong in a bundle`)
}

/**
 * What is wrong with the size of an agent's bundle. Not refused by the build, or a bundle that has
 * grown too far could not even be measured: a test refuses it.
 */
export function sizeFault(agent: string, bytes: number): string | undefined {
  const limit = agentBytesLimit(agent)
  return bytes > limit ? `${bytes} bytes, allowed are ${limit}` : undefined
}

/** Built-ins other than node:fs that are loaded before an action even runs. */
function eagerFaults(metafile: Metafile, origin: BundleOrigin): string[] {
  const faults: string[] = []
  const reached = new Set([origin.main])
  for (const file of reached) {
    for (const { path, kind, external } of metafile.inputs[file]?.imports ?? []) {
      if (kind === 'dynamic-import') continue
      if (external !== true) reached.add(path)
      else if (path !== 'node:fs')
        faults.push(`${file} loads ${path} at once; load it where it is used: await import('${path}')`)
    }
  }
  return faults
}
