import { alarmIn, type TakeBack } from './alarm.ts'
import { bareSpawn } from './bare-processes.ts'
import { findBinary, searchPath } from './binary.ts'
import type { Child } from './child.ts'
import { monotonicMs } from './clock.ts'
import { gatedCommand } from './command-gate.ts'
import { nodeSpawn } from './node-processes.ts'

export { findBinary }

export interface CommandOptions {
  /** SIGKILL after this long, and the answer at once, whatever becomes of the child. */
  readonly timeoutMs: number
  /** Text for the command's stdin; without it stdin is /dev/null. */
  readonly input?: string
  /** Added to PATH and LC_ALL=C, which are all that a child is given otherwise. */
  readonly env?: Readonly<Record<string, string>>
  /** Where the command runs, `/` unless told. A hung directory holds up the child only. */
  readonly cwd?: string
  /**
   * Most bytes kept of stdout and of stderr each (of stderr never less than 4 KiB), 1 MiB unless told;
   * the rest is read and dropped.
   */
  readonly maxOutputBytes?: number
  /**
   * Called with the pid before the command begins, so that it can be recorded durably: the child waits
   * behind a gate until this returns, and never begins if it throws or if the agent dies meanwhile.
   */
  readonly onSpawned?: (pid: number) => void
  /** In a session of its own: survives the kill of the agent's group; a time-out kills that whole group. */
  readonly detached?: boolean
}

export interface CommandResult {
  /** Undefined when a signal ended it or it did not end in time. */
  readonly code: number | undefined
  readonly signal: string | undefined
  readonly timedOut: boolean
  readonly stdout: string
  readonly stderr: string
  /** Whether output beyond {@link CommandOptions.maxOutputBytes} was dropped. */
  readonly truncated: boolean
  readonly durationMs: number
  /** After a time-out: the child, which may still be there in uninterruptible sleep. */
  readonly pid?: number
}

/**
 * Runs a program to its end or to its time limit; no shell reads its arguments. A result with any code
 * resolves.
 * @throws CommandMissing when the program is not installed
 * @throws CommandNotStarted when the system would not start it
 */
export type Command = (
  binary: string,
  args: readonly string[],
  options: CommandOptions,
) => Promise<CommandResult>

/** A program that is not installed on this host. */
export class CommandMissing extends Error {
  readonly binary: string

  constructor(binary: string) {
    super(`${binary} is not installed on this node`)
    this.name = 'CommandMissing'
    this.binary = binary
  }
}

/** A program that is there, and that the system refused to start. `code` is the system's: EAGAIN, E2BIG. */
export class CommandNotStarted extends Error {
  readonly binary: string
  readonly code: string

  constructor(binary: string, code: string, what = 'the system refused') {
    super(`${binary} could not be started: ${what} (${code})`)
    this.name = 'CommandNotStarted'
    this.binary = binary
    this.code = code
  }
}

/** How long output may still arrive after a command's end when a grandchild holds its pipes open. */
const drainMs = 100

export const runCommand: Command = async (binary, args, options) => {
  const path = binary.includes('/') ? binary : findBinary(binary)
  if (path === undefined) throw new CommandMissing(binary)
  const { cwd = '/', input, detached = false, maxOutputBytes: most = 1024 * 1024, onSpawned } = options
  const gated = onSpawned !== undefined || cwd !== '/'
  const started = gated ? gatedCommand(cwd, path, args) : { binary: path, args }
  let gateText = ''
  let unrecorded: unknown
  const extras = {
    input,
    beforeGate: gated ? recording(onSpawned, cause => (unrecorded = cause)) : undefined,
    gateSaid: (text: string) => (gateText += text),
  }
  const cheap = gated || input !== undefined ? undefined : bareSpawn(process.version)
  const spawn = cheap ?? (await nodeSpawn(extras))
  const begin = monotonicMs()
  return new Promise((resolve, reject) => {
    const out = keptOutput(most)
    const err = keptOutput(Math.max(most, 4096))
    let ended: { readonly code: number | undefined; readonly signal: string | undefined } | undefined
    let drained: TakeBack | undefined
    let child: Child | undefined

    const release = () => {
      takeBack()
      drained?.()
      child?.release()
    }
    const notStarted = (code: string) => {
      release()
      reject(code === 'ENOENT' && !gated ? new CommandMissing(binary) : new CommandNotStarted(binary, code))
    }
    const finish = (timedOut: boolean) => {
      release()
      if (gateText.startsWith('missing')) return reject(new CommandMissing(binary))
      if (gateText.startsWith('directory'))
        return reject(
          new CommandNotStarted(binary, 'ENOENT', `its working directory ${cwd} cannot be entered`),
        )
      resolve({
        code: timedOut ? undefined : ended?.code,
        signal: timedOut ? undefined : ended?.signal,
        timedOut,
        stdout: out.text(),
        stderr: err.text(),
        truncated: out.truncated() || err.truncated(),
        durationMs: monotonicMs() - begin,
        ...(child?.pid === undefined ? {} : { pid: child.pid }),
      })
    }
    // setImmediate: on a loaded machine the limit and the answer may both be due; the answer goes first.
    const takeBack = alarmIn(options.timeoutMs, () => {
      setImmediate(() => {
        if (ended !== undefined || child === undefined) return
        kill(child, detached)
        finish(true)
      })
    })
    const order = {
      file: started.binary,
      args: started.args,
      env: { PATH: searchPath(), LC_ALL: 'C', ...options.env },
      detached,
    }
    try {
      child = spawn(order, {
        output: (stream, bytes) => (stream === 'stdout' ? out : err).take(bytes),
        ended(code, signal) {
          ended = { code, signal }
          takeBack()
          drained = alarmIn(drainMs, () => setImmediate(() => finish(false)))
        },
        closed: () => finish(false),
        failed: notStarted,
      })
    } catch (cause) {
      if (unrecorded === undefined) return notStarted(codeOf(cause))
      release()
      reject(unrecorded)
    }
  })
}

/** Keeps what a caller's own recording throws apart from what the system says of a child. */
function recording(
  onSpawned: CommandOptions['onSpawned'],
  failed: (cause: unknown) => void,
): (pid: number) => void {
  return pid => {
    try {
      onSpawned?.(pid)
    } catch (cause) {
      failed(cause)
      throw cause
    }
  }
}

function keptOutput(most: number) {
  const chunks: Buffer[] = []
  let size = 0
  let dropped = false
  return {
    take(chunk: Buffer) {
      const kept = chunk.length > most - size ? chunk.subarray(0, most - size) : chunk
      dropped ||= kept.length < chunk.length
      size += kept.length
      if (kept.length > 0) chunks.push(kept)
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
    truncated: () => dropped,
  }
}

function kill(child: Child, group: boolean): void {
  if (!group || child.pid === undefined) {
    child.kill()
    return
  }
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // The group is gone already.
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}
