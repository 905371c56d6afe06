import type { ExitCode } from './exit-codes.ts'

/** How an action ends: the code, and for anything but success the line that explains it. */
export interface Outcome {
  readonly code: ExitCode
  readonly reason?: string
}
