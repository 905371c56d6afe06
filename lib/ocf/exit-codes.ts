/**
 * The exit codes of an OCF resource agent (OCF Resource Agent API 1.1, section "Return codes").
 * What Pacemaker makes of each depends on the action: docs/exit-codes.md has the table.
 */
export const ExitCode = {
  /** The action did what it says. From monitor: running. */
  success: 0,
  /** Failed in a way that may pass. From stop: Pacemaker fences the node. */
  generic: 1,
  /** The parameters are wrong on this host; Pacemaker tries another node. */
  args: 2,
  /** The action does not exist in this agent. */
  unimplemented: 3,
  /** Rights are missing on this host. */
  permission: 4,
  /** Software is missing on this host. */
  installed: 5,
  /** The parameters are wrong in themselves; Pacemaker bans the resource from every node. */
  configured: 6,
  /** Cleanly stopped; from monitor only. */
  notRunning: 7,
  /** Running, but less than healthy; from a recurring monitor under Pacemaker only. */
  degraded: 190,
} as const

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

/** An action that ends with a code other than success, and the one line an operator reads about it. */
export class ActionFailure extends Error {
  readonly code: ExitCode

  constructor(code: ExitCode, reason: string) {
    super(reason)
    this.name = 'ActionFailure'
    this.code = code
  }
}
