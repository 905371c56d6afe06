import { accessSync, constants } from 'node:fs'

/** How a command is run. */
export interface CommandOptions {
  /** The command is killed and given up at this limit. */
  readonly timeoutMs: number
  /** What it reads on stdin; /dev/null otherwise. */
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** `/` by default: a working directory on a hung filesystem would hang the agent itself. */
  readonly cwd?: string
  /** Output beyond it is dropped and {@link CommandResult.truncated} set; 1 MiB by default. */
  readonly maxOutputBytes?: number
  /**
   * Called with the pid before the command's first instruction, to put it on record. Should the agent
   * die before this returns, the command never runs.
   */
  readonly onSpawned?: (pid: number) => void
}

export interface CommandResult {
  readonly code: number | undefined
  readonly signal: string | undefined
  readonly timedOut: boolean
  readonly stdout: string
  readonly stderr: string
  readonly truncated: boolean
  readonly durationMs: number
}

/** Runs a program without a shell. @throws CommandMissing when it is not installed */
export type Command = (
  binary: string,
  args: readonly string[],
  options: CommandOptions,
) => Promise<CommandResult>

export class CommandMissing extends Error {
  readonly binary: string

  constructor(binary: string) {
    super(`${binary} is not installed on this node`)
    this.name = 'CommandMissing'
    this.binary = binary
  }
}

const systemFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** PATH as inherited, with the system's folders behind it: pcs passes a very short one. */
export function searchPath(): string {
  const given = (process.env.PATH ?? '').split(':').filter(folder => folder.startsWith('/'))
  return [...new Set([...given, ...systemFolders])].join(':')
}

/** Where a program lies, undefined when it is not installed (or ocf-tester wants it not to be). */
export function findBinary(name: string, path = searchPath()): string | undefined {
  if (process.env.OCF_TESTER_FAIL_HAVE_BINARY === '1') return undefined
  for (const folder of name.includes('/') ? [''] : path.split(':')) {
    const candidate = folder === '' ? name : `${folder}/${name}`
    try {
      accessSync(candidate, constants.X_OK)
      return candidate
    } catch {
      // Next folder.
    }
  }
  return undefined
}

/** Waits for a go-ahead on descriptor 3; the death of the agent closes it, and then nothing is run. */
const gate = 'IFS= read -r go <&3 && exec 3<&- && exec "$@"'

/**
 * Runs a command with a limit of its own. At the limit it is killed and given up at once, whether it
 * dies or not: a child in the kernel's uninterruptible sleep, or a grandchild that keeps a pipe open,
 * holds nobody up. The child gets a clean environment: nothing of the resource's parameters leaks.
 */
export const runCommand: Command = async (binary, args, options) => {
  const found = findBinary(binary)
  if (found === undefined) throw new CommandMissing(binary)
  const { spawn } = await import('node:child_process')
  const started = performance.now()
  const gated = options.onSpawned !== undefined
  const child = spawn(gated ? '/bin/sh' : found, gated ? ['-c', gate, 'gate', found, ...args] : [...args], {
    cwd: options.cwd ?? '/',
    env: { PATH: searchPath(), LC_ALL: 'C', ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', gated ? 'pipe' : 'ignore'],
  })
  const stdout = collect(child.stdout, options.maxOutputBytes ?? 1_048_576)
  const stderr = collect(child.stderr, options.maxOutputBytes ?? 1_048_576)
  return await new Promise<CommandResult>((resolve, reject) => {
    const finish = (code: number | null, signal: string | null, timedOut: boolean) => {
      clearTimeout(timer)
      clearTimeout(drain)
      resolve({
        code: code ?? undefined,
        signal: signal ?? undefined,
        timedOut,
        stdout: stdout.text(),
        stderr: stderr.text(),
        truncated: stdout.truncated() || stderr.truncated(),
        durationMs: performance.now() - started,
      })
      for (const stream of child.stdio) stream?.destroy()
      child.unref()
    }
    let drain: NodeJS.Timeout | undefined
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      finish(null, null, true)
    }, options.timeoutMs)
    child.once('error', cause => {
      clearTimeout(timer)
      reject(cause)
    })
    child.once('close', (code, signal) => finish(code, signal, false))
    // A daemon that the command left behind may hold its pipes for ever.
    child.once('exit', (code, signal) => {
      drain = setTimeout(() => finish(code, signal, false), 200)
    })
    child.stdin?.on('error', () => undefined)
    if (options.input !== undefined) child.stdin?.end(options.input)
    if (options.onSpawned !== undefined && child.pid !== undefined) {
      options.onSpawned(child.pid)
      const go = child.stdio[3]
      if (go !== null && go !== undefined && 'write' in go) go.end('go\n')
    }
  })
}

function collect(stream: NodeJS.ReadableStream | null, most: number) {
  const chunks: Buffer[] = []
  let bytes = 0
  let dropped = false
  stream?.on('data', (chunk: Buffer) => {
    if (bytes + chunk.length > most) dropped = true
    const kept = chunk.subarray(0, Math.max(0, most - bytes))
    bytes += kept.length
    if (kept.length > 0) chunks.push(kept)
  })
  stream?.on('error', () => undefined)
  return { text: () => Buffer.concat(chunks).toString('utf8'), truncated: () => dropped }
}
