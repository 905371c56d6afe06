import { monotonicMs } from './clock.ts'

/** Takes an alarm back; one that rang already is left as it is. */
export type TakeBack = () => void

interface Alarm {
  readonly dueMs: number
  ring(): void
}

/** A nap is cut short so that an alarm that was set later, and is due earlier, mostly needs no timer of its own. */
const longestNapMs = 200

const alarms = new Set<Alarm>()
let wakesAtMs = Number.POSITIVE_INFINITY

/**
 * Calls `ring` in so many milliseconds, unless it is taken back. One timer serves all alarms and is not
 * cleared: a monitor sets four limits and reaches none of them, and node's own setting, sorting and clearing
 * of timers costs it more than asking a service does. What is taken back keeps the process for
 * {@link longestNapMs} at most.
 */
export function alarmIn(ms: number, ring: () => void): TakeBack {
  const now = monotonicMs()
  const alarm = { dueMs: now + Math.max(0, ms), ring }
  alarms.add(alarm)
  sleepUntil(alarm.dueMs, now)
  return () => {
    alarms.delete(alarm)
  }
}

function sleepUntil(dueMs: number, now: number): void {
  const wakeMs = Math.min(dueMs, now + longestNapMs)
  if (wakesAtMs <= wakeMs) return
  wakesAtMs = wakeMs
  setTimeout(wake, wakeMs - now)
}

function wake(): void {
  wakesAtMs = Number.POSITIVE_INFINITY
  const now = monotonicMs()
  const byTime = [...alarms].sort((one, other) => one.dueMs - other.dueMs)
  for (const alarm of byTime) {
    // One that rang may have taken this one back.
    if (alarm.dueMs <= now && alarms.delete(alarm)) alarm.ring()
  }
  const next = byTime.find(alarm => alarms.has(alarm))
  if (next !== undefined) sleepUntil(next.dueMs, now)
}
