/**
 * What lies under node:net and node:child_process. Loading and using those two costs a monitor more than
 * all else it does, so what runs every few seconds takes the streams and processes below them: they have
 * not changed since node 12 (lib/internal/stream_base_commons.js and lib/internal/child_process.js of
 * node). process.binding, which hands them out, is deprecated in node's documentation (DEP0111).
 */

/** Builds that are known here, and on which every layer of the tests runs; any other gets the public modules. */
const known = ['v18.', 'v20.', 'v22.']

/** @param version as process.version */
export function knowsInternals(version: string): boolean {
  return known.some(release => version.startsWith(release))
}

/** What one talks over. What can fail returns a negative errno. */
export interface Talker {
  /** Called with memory, of which {@link Reading.of} knows the part. */
  onread: (memory: unknown) => void
  readStart(): number
  writeUtf8String(request: object, text: string): number
  writeBuffer(request: object, bytes: Buffer): number
}

/** A stream of libuv. */
export interface Stream extends Talker {
  close(): void
}

export const talkerMethods = ['readStart', 'writeUtf8String', 'writeBuffer'] as const

/** Methods of each stream. */
export const streamMethods = [...talkerMethods, 'close'] as const

export function isStream(value: unknown): value is Stream {
  return hasMethods(value, streamMethods)
}

/** A class of node's own. */
export type Maker = new (kind?: number) => unknown

/** Whether a value is a class, and what it makes has these methods: a release may have changed them. */
export function isMaker(value: unknown, methods: readonly string[] = []): value is Maker {
  return typeof value === 'function' && hasMethods(value.prototype, methods)
}

/** For each kind of stream: one that connects or is connected, not one that listens. */
export const connecting = 0

/** UV_EOF: no errno of any system. */
const endOfStream = -4095

/** Reads what a stream hands to `onread`. */
export interface Reading {
  /** The bytes; `end` at the end; a negative errno; undefined when there is nothing. */
  of(memory: unknown): Buffer | 'end' | number | undefined
}

/**
 * Undefined where node has no such streams.
 * @param member of the internal module stream_wrap
 */
export function streamReading(member: (name: string) => unknown): Reading | undefined {
  const [last, countAt, offsetAt] = [
    member('streamBaseState'),
    member('kReadBytesOrError'),
    member('kArrayBufferOffset'),
  ]
  if (!(last instanceof Int32Array) || typeof countAt !== 'number' || typeof offsetAt !== 'number')
    return undefined
  return {
    of(memory) {
      const count = last[countAt] ?? 0
      if (count < 0) return count === endOfStream ? 'end' : count
      return count > 0 && memory instanceof ArrayBuffer
        ? Buffer.from(memory, last[offsetAt], count)
        : undefined
    },
  }
}

/** The members of one of node's internal modules; none where there is no such module. */
export function internalModule(name: string): (member: string) => unknown {
  const found = loaded(name)
  return member => (typeof found === 'object' && found !== null ? Reflect.get(found, member) : undefined)
}

/** {@link internalModule} for one of those of which node warns on stderr. */
export function quietInternalModule(name: string): (member: string) => unknown {
  const asked = process.noDeprecation
  Reflect.set(process, 'noDeprecation', true)
  try {
    return internalModule(name)
  } finally {
    Reflect.set(process, 'noDeprecation', asked)
  }
}

function loaded(name: string): unknown {
  const load: unknown = Reflect.get(process, 'binding')
  try {
    return typeof load === 'function' ? Reflect.apply(load, process, [name]) : undefined
  } catch {
    // Another release without that module, or one that was told to refuse it.
    return undefined
  }
}

/** ECONNREFUSED. Its table is loaded for a failure only. */
export function errnoName(errno: number): string {
  const name = internalModule('uv')('errname')
  return typeof name === 'function' ? String(Reflect.apply(name, undefined, [errno])) : `errno ${-errno}`
}

export function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  return names.every(name => typeof Reflect.get(value, name) === 'function')
}
