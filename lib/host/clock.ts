/**
 * Milliseconds of a clock that nobody can set, since this machine booted: the same for all processes, and
 * state under /run lives exactly as long as it. Not performance.now(), whose first use loads ten modules.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** {@link monotonicMs} in whole milliseconds, for what is written down. */
export function sinceBootMs(): number {
  return Math.round(monotonicMs())
}

/** Waits; keeps the process alive meanwhile. */
export function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
