import { monotonicMs } from '../host/clock.ts'

/**
 * When an action must have ended by itself. Pacemaker kills the whole process group at the timeout,
 * without a signal before it and without the exit reason, so the agent leaves a margin earlier.
 */
export interface Deadline {
  /** The whole budget of the action, margin taken off, in milliseconds. */
  readonly budgetMs: number
  /** What Pacemaker grants, in milliseconds. */
  readonly timeoutMs: number
  elapsedMs(): number
  remainingMs(): number
  /** Time left until the given share (0 to 1) of the budget is used up. */
  remainingOfShareMs(share: number): number
  /** Names what the action waits for from now on; said when the deadline strikes. */
  waitFor(what: string): void
  /** The line for an action that ran out of time; its cause first, because Pacemaker 2.1 keeps 128 characters. */
  reason(): string
}

/** The margin before Pacemaker's kill: a tenth, at least a second, never more than half of the timeout. */
export function marginMs(timeoutMs: number): number {
  return Math.min(timeoutMs / 2, Math.max(1000, timeoutMs / 10))
}

/**
 * @param timeoutMs what Pacemaker grants
 * @param alreadyMs how long ago the process started: under load node itself takes seconds to start
 */
export function startDeadline(action: string, timeoutMs: number, alreadyMs: number): Deadline {
  const origin = monotonicMs() - alreadyMs
  const budgetMs = timeoutMs - marginMs(timeoutMs)
  const elapsedMs = () => monotonicMs() - origin
  let awaited = 'its first look'
  return {
    budgetMs,
    timeoutMs,
    elapsedMs,
    remainingMs: () => Math.max(0, budgetMs - elapsedMs()),
    remainingOfShareMs: share => Math.max(0, budgetMs * share - elapsedMs()),
    waitFor(what) {
      awaited = what
    },
    reason: () =>
      `waited for ${awaited}; ${action} gave up after ${Math.round(elapsedMs() / 1000)} s of ${Math.round(timeoutMs / 1000)} s`,
  }
}
