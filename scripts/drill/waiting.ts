import { pause } from '../../lib/host/clock.ts'

const POLL_MS = 100

/** Something the cluster ought to have done by now, and has not. */
export class DidNotHappen extends Error {
  constructor(what: string, limitMs: number) {
    super(`${what}: not within ${limitMs / 1000} s`)
    this.name = 'DidNotHappen'
  }
}

/** Looks again until it is so. @throws DidNotHappen when the time is over */
export async function until(
  what: string,
  look: () => boolean | Promise<boolean>,
  limitMs: number,
): Promise<void> {
  const end = Date.now() + limitMs
  while (!(await look())) {
    if (Date.now() > end) throw new DidNotHappen(what, limitMs)
    await pause(POLL_MS)
  }
}
