import { basename, dirname, join } from 'node:path'
import type { Metafile } from 'esbuild'

/** Bytes an agent's bundle should have. `npm run bench` says whether it does. */
export const agentBytesGoal = 60_000

/**
 * Bytes a bundle may not exceed, so that none grows unseen. A third of each is its XML, the rest its
 * program, packed. What is packed costs a monitor nothing while its code is kept, and 6 ms where it is not.
 */
const agentBytesLimits: Readonly<Record<string, number>> = {
  'compose-stack': 54_000,
  'network-peripheral': 65_000,
  'nfs-ocfs2-export': 50_000,
  'ollama-gpu': 55_000,
}

/** Bytes that the bundle of an agent may not exceed. */
export function agentBytesLimit(agent: string): number {
  return agentBytesLimits[agent] ?? agentBytesGoal
}

/** Where a bundle was made from. */
export interface BundleOrigin {
  /** The agent's file, relative to the project. */
  readonly entry: string
  /** Name of the generated entry in the metafile. */
  readonly main: string
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
    .filter(input => input !== origin.entry && input !== origin.main)
    .filter(input => !input.startsWith('lib/') && !input.startsWith(parts))
    .map(input => `${input} does not belong in a bundle`)
  return isFence ? foreign : [...foreign, ...eagerFaults(metafile, origin)]
}

/** A tool runs seldom, so what it loads when is its own affair; but it is one file, without packages. */
function toolFaults(metafile: Metafile, origin: BundleOrigin): string[] {
  return Object.keys(metafile.inputs)
    .filter(input => input !== origin.main)
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
