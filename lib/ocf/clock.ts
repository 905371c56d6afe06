/**
 * Milliseconds since this machine booted, from the monotonic clock: the same for all processes, and
 * not moved when somebody sets the time. State under /run lives exactly as long as this clock.
 */
export function sinceBootMs(): number {
  return Math.round(Number(process.hrtime.bigint() / 1000n) / 1000)
}

/** Waits; keeps the process alive meanwhile. */
export function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
