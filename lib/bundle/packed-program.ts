import type { Script } from 'node:vm'
import { stateFolder } from '../ocf/state-file.ts'
import { type KeptIdentity, keepCode, readKeptCode } from './kept-code.ts'

/** A program as the build packs it into a bundle. */
export interface PackedProgram extends KeptIdentity {
  /** Of the agent. */
  readonly name: string
  /** The program, a function of `require`, compressed with brotli and written in base64. */
  readonly packed: string
}

/** Where compiled programs are kept: on tmpfs, so that none survives a boot. */
export const codeFolder = `${stateFolder}/code`

/**
 * Runs the program of a bundle. Compiling it costs more than half of what a monitor does, so the first
 * recurring monitor that found all well leaves the compiled program behind for those that follow. Whatever
 * is wrong with that file, or with its folder, only makes a run slower.
 *
 * @param file the bundle, for stack traces
 * @param load the bundle's own `require`
 */
export async function runPacked(
  program: PackedProgram,
  file: string,
  load: (name: string) => unknown,
): Promise<void> {
  const path = `${codeFolder}/${program.name}-${process.version}-${process.arch}`
  const isRoot = process.geteuid?.() === 0
  const kept = isRoot ? readKeptCode(path, program, 0) : undefined
  const source = kept?.source ?? (await unpack(program.packed))
  const { Script } = await import('node:vm')
  const script = new Script(source, {
    filename: file,
    ...(kept === undefined ? {} : { cachedData: kept.code }),
  })
  if (isRoot && isRecurringMonitor() && (kept === undefined || script.cachedDataRejected === true)) {
    process.once('exit', code => {
      if (code === 0) keepQuietly(path, program, source, script)
    })
  }
  const main: unknown = script.runInThisContext()
  if (typeof main === 'function') Reflect.apply(main, undefined, [load])
}

async function unpack(packed: string): Promise<string> {
  const { brotliDecompressSync } = await import('node:zlib')
  return brotliDecompressSync(Buffer.from(packed, 'base64')).toString('latin1')
}

/** Others compile other parts of the program: what is kept is to be what most runs need. */
function isRecurringMonitor(): boolean {
  return process.argv[2] === 'monitor' && Number(process.env.OCF_RESKEY_CRM_meta_interval) > 0
}

function keepQuietly(path: string, identity: KeptIdentity, source: string, script: Script): void {
  try {
    keepCode(path, identity, { source, code: script.createCachedData() }, 0)
  } catch {
    // A full or read-only /run: the next monitor compiles again.
  }
}
