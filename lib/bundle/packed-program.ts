import { statSync } from 'node:fs'
import type { Script } from 'node:vm'
import { stateFolder } from '../ocf/state-file.ts'
import { type KeptIdentity, keepCode, readKeptCode } from './kept-code.ts'
import { trailerOf } from './trailer.ts'

/**
 * A program that the build packed into a bundle: a function of `require`, compressed with brotli, in its
 * trailer.
 */
export interface PackedProgram extends KeptIdentity {
  /** Of the agent. */
  readonly name: string
}

/** Where compiled programs are kept: on tmpfs, so that none survives a boot. */
export const codeFolder = `${stateFolder}/code`

/**
 * Runs the program of a bundle. Compiling it is a fifth of what a monitor costs, so the first recurring
 * monitor that finds all well leaves the compiled program behind for those that follow. Whatever is wrong
 * with that file, or with its folder, only makes a run slower; what starts and stops does not touch it.
 *
 * @param file the bundle
 * @param load the bundle's own `require`
 */
export async function runPacked(
  program: PackedProgram,
  file: string,
  load: (name: string) => unknown,
): Promise<void> {
  const { Script } = await import('node:vm')
  const node = isRecurringMonitor() && process.geteuid?.() === 0 ? nodeBuild() : undefined
  if (node === undefined) {
    run(new Script(await unpack(file), { filename: file }), load, () => undefined)
    return
  }
  const path = `${codeFolder}/${program.name}-${process.version}`
  const identity = { length: program.length, digest: `${program.digest} ${node}` }
  const kept = readKeptCode(path, identity, 0)
  const source = kept?.source ?? (await unpack(file))
  const script = new Script(source, {
    filename: file,
    ...(kept === undefined ? {} : { cachedData: kept.code }),
  })
  const isKept = kept !== undefined && script.cachedDataRejected !== true
  run(script, load, code => {
    // Another length: the package was upgraded while this started.
    if (!isKept && code === 0 && source.length === program.length) keepQuietly(path, identity, source, script)
  })
}

function run(script: Script, load: (name: string) => unknown, leaving: (code: number) => void): void {
  const main: unknown = script.runInThisContext()
  if (typeof main === 'function') Reflect.apply(main, undefined, [load, leaving])
}

/** A rebuilt node of the same version may run compiled code otherwise, and V8 would not notice. */
function nodeBuild(): string | undefined {
  const file = statSync('/proc/self/exe', { throwIfNoEntry: false })
  return file === undefined ? undefined : `${file.dev} ${file.ino} ${file.size} ${file.ctimeMs}`
}

async function unpack(file: string): Promise<string> {
  const { brotliDecompressSync } = await import('node:zlib')
  return brotliDecompressSync(Buffer.from(trailerOf(file).program, 'base64')).toString('latin1')
}

/** What runs every few seconds, and compiles the same parts of the program each time. */
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
