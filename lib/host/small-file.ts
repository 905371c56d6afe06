import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'

/** Writes beside the target and renames; the folder is made when /run was emptied by a boot. */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  const folder = path.slice(0, path.lastIndexOf('/'))
  const temporary = `${path}.${process.pid}.new`
  try {
    writeWhole(openNew(temporary, folder), typeof content === 'string' ? Buffer.from(content) : content)
    renameSync(temporary, path)
  } catch (cause) {
    rmSync(temporary, { force: true })
    // The system's words for a full filesystem name no file.
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`cannot write ${path} (${reason.replace(/, .*/, '')})`, { cause })
  }
}

function openNew(path: string, folder: string): number {
  try {
    return openSync(path, 'w', 0o600)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause
    mkdirSync(folder, { recursive: true, mode: 0o755 })
    return openSync(path, 'w', 0o600)
  }
}

/** Not writeFileSync: it takes a monitor 0.3 ms longer, most of it for being compiled. */
function writeWhole(file: number, content: Uint8Array): void {
  try {
    for (let at = 0; at < content.length; ) at += writeSync(file, content, at)
  } finally {
    closeSync(file)
  }
}

/** The content of a small local file, undefined when it cannot be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
