import type { Child, ChildEvents, ChildOrder, Spawn } from './child.ts'
import {
  connecting,
  errnoName,
  hasMethods,
  internalModule,
  isMaker,
  isStream,
  knowsInternals,
  type Maker,
  type Reading,
  type Stream,
  streamMethods,
  streamReading,
} from './node-internals.ts'

/** A child of libuv. What can fail returns a negative errno. */
interface Process {
  onexit: (code: number, signal: string) => void
  readonly pid: number
  spawn(order: object): number
  kill(signal: number): number
  unref(): void
  close(): void
}

/** What node has under node:child_process, as far as it is used here. */
interface Parts {
  readonly Process: Maker
  readonly Pipe: Maker
  readonly reading: Reading
}

const sigkill = 9

let parts: Parts | undefined

/**
 * Starts programs without node:child_process, their stdin empty; undefined where this build of node is not
 * one of those known, or lacks what they have.
 * @param version as process.version
 */
export function bareSpawn(version: string): Spawn | undefined {
  if (!knowsInternals(version)) return undefined
  parts ??= readParts()
  const node = parts
  return node === undefined ? undefined : (order, events) => startBare(node, order, events)
}

function startBare(node: Parts, order: ChildOrder, events: ChildEvents): Child {
  const { file, args, env, detached } = order
  const envPairs = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  // The system would end the text there, as node:child_process knows as well.
  if ([file, ...args, ...envPairs].some(text => text.includes('\0')))
    throw startError('ERR_INVALID_ARG_VALUE')
  const child = new node.Process()
  const output = { stdout: new node.Pipe(connecting), stderr: new node.Pipe(connecting) }
  const { stdout, stderr } = output
  if (!isProcess(child) || !isStream(stdout) || !isStream(stderr))
    throw new Error(`node ${process.version} has processes of another kind`)
  let released = false
  /** Of the child and its two streams. */
  const open = new Set<{ close(): void }>([child, stdout, stderr])
  const close = (part: { close(): void }) => {
    if (open.delete(part)) part.close()
    if (open.size === 0 && !released) events.closed()
  }
  const release = () => {
    released = true
    close(stdout)
    close(stderr)
    // Not closed: libuv takes the end of its child only while it knows it.
    child.unref()
  }
  child.onexit = (code, signal) => {
    if (!released) events.ended(signal === '' ? code : undefined, signal === '' ? undefined : signal)
    close(child)
  }
  const read = (name: keyof typeof output, stream: Stream) => {
    stream.onread = memory => {
      const bytes = node.reading.of(memory)
      if (bytes === 'end' || typeof bytes === 'number') close(stream)
      else if (bytes !== undefined && !released) events.output(name, bytes)
    }
    if (stream.readStart() < 0) close(stream)
  }
  const errno = child.spawn({
    file,
    args: [file, ...args],
    cwd: '/',
    envPairs,
    stdio: [{ type: 'ignore' }, { type: 'pipe', handle: stdout }, { type: 'pipe', handle: stderr }],
    detached,
  })
  if (errno < 0) {
    release()
    close(child)
    throw startError(errnoName(errno))
  }
  read('stdout', stdout)
  read('stderr', stderr)
  return { pid: child.pid, kill: () => void (open.has(child) && child.kill(sigkill)), release }
}

function startError(code: string): Error {
  return Object.assign(new Error('spawn'), { code })
}

function readParts(): Parts | undefined {
  const Process = internalModule('process_wrap')('Process')
  const Pipe = internalModule('pipe_wrap')('Pipe')
  const reading = streamReading(internalModule('stream_wrap'))
  if (!isMaker(Process, processMethods) || !isMaker(Pipe, streamMethods)) return undefined
  return reading === undefined ? undefined : { Process, Pipe, reading }
}

const processMethods = ['spawn', 'kill', 'unref', 'close']

function isProcess(value: unknown): value is Process {
  return hasMethods(value, processMethods)
}
