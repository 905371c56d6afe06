/** What came out of a run, or of a part of one. */
export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export const NOTHING: Tally = { passed: 0, failed: 0, skipped: 0 }
export const ONE_PASSED: Tally = { ...NOTHING, passed: 1 }
export const ONE_FAILED: Tally = { ...NOTHING, failed: 1 }
export const ONE_SKIPPED: Tally = { ...NOTHING, skipped: 1 }

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (a, b) => ({
      passed: a.passed + b.passed,
      failed: a.failed + b.failed,
      skipped: a.skipped + b.skipped,
    }),
    NOTHING,
  )
}

/** The last line of every run; continuous integration reads it. */
export function closingLine(tally: Tally): string {
  return `${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`
}

/** A run that tested nothing has not succeeded. */
export function exitCode(tally: Tally): 0 | 1 {
  return tally.failed === 0 && tally.passed > 0 ? 0 : 1
}

/** `unit: 0.4 of 1 min`, and in capitals when it took longer than it may. */
export function againstBudget(name: string, seconds: number, budgetMinutes: number): string {
  const figure = `${name}: ${(seconds / 60).toFixed(1)} of ${budgetMinutes} min`
  return seconds > budgetMinutes * 60 ? `${figure}   OVER BUDGET` : figure
}
