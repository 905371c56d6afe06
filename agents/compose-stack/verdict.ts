import type { Container } from './containers.ts'
import type { ExpectedService } from './record.ts'

/** What is to be said of one service. */
export type Verdict =
  | { readonly kind: 'fine' }
  | { readonly kind: 'starting'; readonly reason: string }
  | {
      readonly kind: 'broken'
      readonly reason: string
      /** The container that a restart in place could heal. */
      readonly curable: string | undefined
      /** Its process ended, so waiting alone cannot help. */
      readonly ended: boolean
    }

/** How strictly health counts. */
export interface Strictness {
  readonly unhealthyFails: boolean
  /** Start waits for what a monitor must report. */
  readonly starting: boolean
}

/** Judges one service by its containers, as the engine's list shows them. */
export function judge(
  service: string,
  expected: ExpectedService,
  all: readonly Container[],
  strictness: Strictness,
): Verdict {
  const containers = all.filter(container => container.service === service && !container.oneOff)
  const broken = containers
    .map(container => judgeOne(service, expected, container, strictness))
    .find(verdict => verdict.kind !== 'fine')
  if (broken !== undefined) return broken
  if (containers.length >= expected.replicas) return { kind: 'fine' }
  const reason =
    containers.length === 0
      ? `service ${service} has no container`
      : `service ${service} runs ${containers.length} of ${expected.replicas} containers`
  return strictness.starting
    ? { kind: 'starting', reason }
    : { kind: 'broken', reason, curable: undefined, ended: false }
}

function judgeOne(
  service: string,
  expected: ExpectedService,
  container: Container,
  strictness: Strictness,
): Verdict {
  const broken = (what: string, curable: boolean, ended: boolean): Verdict => ({
    kind: 'broken',
    reason: `service ${service} ${what}`,
    curable: curable ? container.id : undefined,
    ended,
  })
  switch (container.state) {
    case 'exited':
      if (expected.oneShot && container.exitCode === 0) return { kind: 'fine' }
      return expected.oneShot
        ? broken(`(one-shot) failed with exit code ${container.exitCode ?? 'unknown'}`, false, true)
        : broken(`exited with code ${exitText(container.exitCode)}`, true, true)
    case 'created':
      return strictness.starting
        ? { kind: 'starting', reason: `service ${service} was created and not started yet` }
        : broken('was created but never started', true, false)
    case 'paused':
      return broken('is paused: docker unpause it, or stop and start the resource', false, false)
    case 'restarting':
      return broken(`is in a crash loop (last exit code ${exitText(container.exitCode)})`, true, true)
    case 'dead':
    case 'removing':
    case 'unknown':
      return broken(`is ${container.state}`, false, false)
    case 'running':
      return judgeRunning(service, expected, container, strictness)
  }
}

function judgeRunning(
  service: string,
  expected: ExpectedService,
  container: Container,
  strictness: Strictness,
): Verdict {
  if (expected.oneShot) return { kind: 'starting', reason: `one-shot ${service} still runs` }
  if (container.health === 'starting')
    return { kind: 'starting', reason: `health check of ${service} has not passed yet` }
  if (container.health === 'unhealthy' && strictness.unhealthyFails) {
    return {
      kind: 'broken',
      reason: `service ${service} is unhealthy by its own health check`,
      curable: container.id,
      ended: false,
    }
  }
  return { kind: 'fine' }
}

/** Codes an operator meets most, with their meaning. */
function exitText(code: number | undefined): string {
  if (code === 137) return '137 (SIGKILL: killed, or out of memory)'
  if (code === 255) return '255 (power loss or engine crash)'
  return code === 143 ? '143 (SIGTERM: somebody stopped it)' : `${code ?? 'unknown'}`
}
