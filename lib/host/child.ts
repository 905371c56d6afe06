/** A program to start, in `/`; nothing is looked up in PATH. */
export interface ChildOrder {
  readonly file: string
  readonly args: readonly string[]
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>
  /** In a session of its own. */
  readonly detached: boolean
}

/** What becomes of a child; nothing is told after its release. */
export interface ChildEvents {
  output(stream: 'stdout' | 'stderr', bytes: Buffer): void
  ended(code: number | undefined, signal: string | undefined): void
  /** It has ended, and nobody holds its output open any more. */
  closed(): void
  /** It could not be started; `code` is the system's. Told instead of all else. */
  failed(code: string): void
}

export interface Child {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined
  /** SIGKILL. */
  kill(): void
  /** It may live on, and holds up nobody's exit. */
  release(): void
}

/** Starts a program. @throws Error with the system's `code` when it cannot be started */
export type Spawn = (order: ChildOrder, events: ChildEvents) => Child
