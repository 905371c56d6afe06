import type { RecordedProcess } from '../../lib/host/processes.ts'
import type { Action, Problem } from '../../lib/ocf/agent.ts'
import type { Settings } from './parameters.ts'

/** What is there of a server, by the kernel's word. */
export type Found =
  /** Its main process lives. */
  | { readonly kind: 'up'; readonly main: RecordedProcess }
  /** Its main process is gone; `left` are runners and others that it started and that live on. */
  | { readonly kind: 'down'; readonly left: readonly RecordedProcess[] }
  | { readonly kind: 'unknown'; readonly reason: string }

/** Who keeps the server running: one for each mode. */
export interface Keeper {
  /** Looks, and changes nothing. A recurring monitor of a healthy server costs it a file of /proc or two. */
  find(action: Action<Settings>, purpose: 'probe' | 'monitor' | 'start' | 'stop'): Promise<Found>
  /** What of it is missing on this host. */
  check(action: Action<Settings>): Promise<readonly Problem[]>
  /** Starts the server and records it; does not wait for it to answer. @throws ActionFailure */
  begin(action: Action<Settings>): Promise<void>
  /** Ends it gracefully. */
  end(action: Action<Settings>): Promise<void>
  /** Ends it with force. */
  kill(action: Action<Settings>): Promise<void>
  /** Why it ended so soon, from the log that the agent keeps; others keep theirs themselves. */
  lastWords?(action: Action<Settings>): Promise<string | undefined>
}
