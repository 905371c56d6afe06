import { basename, dirname, join } from 'node:path'
import type { Metafile } from 'esbuild'

/** Bytes an agent's bundle may have: what node compiles at every monitor. */
export const agentBytesLimit = 60_000

/** Where a bundle was made from. */
export interface BundleOrigin {
  /** The agent's file, relative to the project. */
  readonly entry: string
  /** Name of the generated entry in the metafile. */
  readonly stub: string
}

/**
 * What is wrong with a bundle, a phrase each: sources that do not belong in it (a package, another
 * agent, anything but the agent, its folder and the library), or too many bytes.
 */
export function bundleFaults(metafile: Metafile, origin: BundleOrigin): string[] {
  const isFence = origin.entry.startsWith('fence/')
  const parts = isFence ? 'fence/' : `${join(dirname(origin.entry), basename(origin.entry, '.ts'))}/`
  const faults = Object.keys(metafile.inputs)
    .filter(input => input !== origin.stub && input !== origin.entry)
    .filter(input => !input.startsWith('lib/') && !input.startsWith(parts))
    .map(input => `${input} does not belong in a bundle`)
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0)
  if (!isFence && bytes > agentBytesLimit)
    faults.push(`the bundle has ${bytes} bytes, allowed are ${agentBytesLimit}`)
  if (!isFence) faults.push(...eagerFaults(metafile, origin))
  return faults
}

/** Built-ins other than node:fs that are loaded before an action even runs. */
function eagerFaults(metafile: Metafile, origin: BundleOrigin): string[] {
  const faults: string[] = []
  const reached = new Set([origin.stub])
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
