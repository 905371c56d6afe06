import { type CommandResult, runCommand } from './command.ts'
import { isSameProcess, processStartTime, type RecordedProcess } from './processes.ts'

export interface StatRequest {
  readonly kind: 'stat'
  readonly path: string
}
export interface ReadRequest {
  readonly kind: 'readFile'
  readonly path: string
  /** Most bytes read. */
  readonly maxBytes: number
}
export interface ListRequest {
  readonly kind: 'listDirectory'
  readonly path: string
}
export interface WritableRequest {
  readonly kind: 'writable'
  readonly path: string
}
export type PathRequest = StatRequest | ReadRequest | ListRequest | WritableRequest

export interface PathStat {
  readonly type: 'file' | 'directory' | 'other'
  readonly device: number
  readonly inode: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  /** Seconds since 1970. */
  readonly modified: number
}
export interface FileText {
  readonly text: string
  /** Whether the file is longer than what was read. */
  readonly truncated: boolean
}
export interface DirectoryNames {
  readonly names: readonly string[]
  /** Whether there are more names than fit into 1 MiB. */
  readonly truncated: boolean
}
export interface Writability {
  readonly writable: boolean
}

/** What became of a question about a path. */
export type PathAnswer<Facts> =
  | ({ readonly kind: 'ok' } & Facts)
  | { readonly kind: 'absent' }
  /** No answer in time. `child`: still there in uninterruptible sleep; hand it in with the next question. */
  | { readonly kind: 'hung'; readonly child?: RecordedProcess }
  | { readonly kind: 'error'; readonly text: string }

/** What the file types of stat(2) look like in the upper bits of the mode. */
const typeMask = 0o170000
const fileBits = 0o100000
const directoryBits = 0o040000

/**
 * Asks about a path on a filesystem that may hang: the one way for an agent to touch such a path. A
 * child started in `/` does it and is never waited for beyond `timeoutMs`; a pending call of the agent's
 * own would hold up even process.exit and SIGKILL. Symbolic links are followed. `writable` asks for the
 * right to write and for a mount that is not read-only; it writes nothing.
 *
 * @param stuckBefore the child of an earlier `hung` answer: while it is still stuck the answer is
 * `hung` at once, so that a monitor every few seconds does not pile up children that cannot be killed
 */
export function askPath(
  request: StatRequest,
  timeoutMs: number,
  stuckBefore?: RecordedProcess,
): Promise<PathAnswer<PathStat>>
export function askPath(
  request: ReadRequest,
  timeoutMs: number,
  stuckBefore?: RecordedProcess,
): Promise<PathAnswer<FileText>>
export function askPath(
  request: ListRequest,
  timeoutMs: number,
  stuckBefore?: RecordedProcess,
): Promise<PathAnswer<DirectoryNames>>
export function askPath(
  request: WritableRequest,
  timeoutMs: number,
  stuckBefore?: RecordedProcess,
): Promise<PathAnswer<Writability>>
export async function askPath(
  request: PathRequest,
  timeoutMs: number,
  stuckBefore?: RecordedProcess,
): Promise<PathAnswer<PathStat | FileText | DirectoryNames | Writability>> {
  const { kind, path } = request
  if (!path.startsWith('/') || path.includes('\0'))
    return { kind: 'error', text: 'the path is not an absolute one' }
  if (stuckBefore !== undefined && isSameProcess(stuckBefore)) return { kind: 'hung', child: stuckBefore }
  switch (kind) {
    case 'stat':
      return answered(
        await ask('/usr/bin/stat', ['-L', '--printf=%f %d %i %u %g %s %Y', '--', path], timeoutMs),
        readStat,
      )
    case 'readFile': {
      const { maxBytes } = request
      const args = ['-c', String(maxBytes + 1), '--', path]
      return answered(await ask('/usr/bin/head', args, timeoutMs, maxBytes), ({ stdout, truncated }) => ({
        text: stdout,
        truncated,
      }))
    }
    case 'listDirectory':
      return answered(
        await ask(
          '/usr/bin/find',
          [`${path}/.`, '-mindepth', '1', '-maxdepth', '1', '-printf', '%f\\0'],
          timeoutMs,
        ),
        ({ stdout, truncated }) => ({ names: stdout.split('\0').slice(0, -1), truncated }),
      )
    case 'writable': {
      const script = '[ -e "$1" ] || exec /usr/bin/stat -L -- "$1"; [ -w "$1" ] && echo yes || echo no'
      return answered(await ask('/bin/sh', ['-c', script, 'sh', path], timeoutMs), ({ stdout }) => ({
        writable: stdout === 'yes\n',
      }))
    }
  }
}

async function ask(
  binary: string,
  args: readonly string[],
  timeoutMs: number,
  maxOutputBytes?: number,
): Promise<CommandResult | Error> {
  try {
    return await runCommand(binary, args, {
      timeoutMs,
      ...(maxOutputBytes === undefined ? {} : { maxOutputBytes }),
    })
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function answered<Facts>(
  result: CommandResult | Error,
  read: (result: CommandResult) => Facts | undefined,
): PathAnswer<Facts> {
  if (result instanceof Error) return { kind: 'error', text: result.message }
  if (result.timedOut) {
    const startTime = result.pid === undefined ? undefined : processStartTime(result.pid)
    return result.pid === undefined || startTime === undefined
      ? { kind: 'hung' }
      : { kind: 'hung', child: { pid: result.pid, startTime } }
  }
  if (result.code !== 0) {
    // LC_ALL=C: the texts of ENOENT and ENOTDIR.
    if (/: (?:No such file or directory|Not a directory)\n?$/.test(result.stderr)) return { kind: 'absent' }
    const said = result.stderr.trim().split('\n').at(-1) ?? ''
    return {
      kind: 'error',
      text: said === '' ? `no answer (${result.signal ?? `code ${result.code}`})` : said,
    }
  }
  const facts = read(result)
  return facts === undefined
    ? { kind: 'error', text: 'an answer that cannot be read' }
    : { kind: 'ok', ...facts }
}

function readStat({ stdout }: CommandResult): PathStat | undefined {
  const [modeText = '', ...numbers] = stdout.split(' ')
  const mode = Number.parseInt(modeText, 16)
  const [device, inode, uid, gid, size, modified] = numbers.map(Number)
  if (device === undefined || inode === undefined || uid === undefined) return undefined
  if (gid === undefined || size === undefined || modified === undefined) return undefined
  const bits = mode & typeMask
  const type = bits === fileBits ? 'file' : bits === directoryBits ? 'directory' : 'other'
  return { type, device, inode, mode: mode & ~typeMask, uid, gid, size, modified }
}
