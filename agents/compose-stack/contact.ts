import { monotonicMs, pause } from '../../lib/host/clock.ts'
import type { RecordedProcess } from '../../lib/host/processes.ts'
import { EngineRefusal } from '../../lib/net/docker-engine.ts'
import { HttpFailure } from '../../lib/net/http-failure.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import type { Container } from './containers.ts'
import { findDaemon } from './daemon.ts'
import { listContainers } from './engine.ts'
import type { Settings } from './parameters.ts'

/** What the engine said about the project, or that it said nothing. */
export type Contact =
  | { readonly kind: 'answered'; readonly containers: readonly Container[] }
  | { readonly kind: 'silent'; readonly because: string; readonly daemon: RecordedProcess | undefined }

/** Longest wait for one answer of the engine. */
export const answerMs = 5000

/** An engine that hung once in this action is asked again, but not waited for as long. */
const hungMs = 1000
const foundHung = new WeakSet<Action<Settings>>()

/** systemd brings a crashed dockerd back after two seconds: so long a silence is normal. */
const absenceMs = 5000

/** Asks once. A socket-activated engine that sleeps is not woken: no dockerd, no connection. */
export async function askOnce(action: Action<Settings>, waitMs = answerMs): Promise<Contact> {
  const { socketPath, project } = action.settings
  const daemon = findDaemon(socketPath)
  if (daemon === undefined && isActivated(socketPath)) {
    return { kind: 'silent', because: 'dockerd does not run', daemon: undefined }
  }
  try {
    const patienceMs = foundHung.has(action) ? hungMs : waitMs
    const limit = Math.max(200, Math.min(patienceMs, action.deadline.remainingMs() / 2))
    return { kind: 'answered', containers: await listContainers({ socketPath }, project, limit) }
  } catch (cause) {
    if (!(cause instanceof HttpFailure || cause instanceof EngineRefusal)) throw cause
    if (cause instanceof HttpFailure && cause.kind === 'timeout') foundHung.add(action)
    return { kind: 'silent', because: `dockerd: ${cause.message}`, daemon }
  }
}

/** Asks again for a few seconds while the engine is away (not while it hangs: that was a wait already). */
export async function askPatiently(action: Action<Settings>): Promise<Contact> {
  const end = monotonicMs() + Math.min(absenceMs, action.deadline.remainingMs() / 2)
  for (;;) {
    const contact = await askOnce(action)
    if (contact.kind === 'answered' || foundHung.has(action) || monotonicMs() >= end) return contact
    await pause(500)
  }
}

function isActivated(socketPath: string): boolean {
  return socketPath === '/run/docker.sock' || socketPath === '/var/run/docker.sock'
}
