import type { Away } from '../drill/figures.ts'
import { earliest, type Moment, type Phases } from '../drill/moments.ts'
import type { LoggedEvent } from '../drill/node-logs.ts'
import { clusterMoments, phasesOf } from '../drill/phases.ts'
import { VOICE } from '../house/voice.ts'
import type { PowerEvent } from '../lab/plug.ts'
import { firstOn, type Presence } from './presence.ts'

/** The resource of the stack, as the demo's configuration names it. */
export const STACK = 'p_stack'

/** Starts and stops of these are the story; monitors that go well are silence. */
export const TOLD: readonly string[] = [STACK, VOICE]

/** All that was recorded, from every source. */
export interface Evidence {
  readonly events: readonly LoggedEvent[]
  readonly presences: readonly Presence[]
  readonly power: readonly PowerEvent[]
}

/** Who lost the stack and who took it over, and when the fault was made. */
export interface Failover {
  readonly victim: string
  readonly heir: string
  readonly faultMs: number
}

/** The moments of a fail-over, each from its own source. */
export function failoverPhases({ events, presences, power }: Evidence, over: Failover): Phases {
  const { victim, heir, faultMs } = over
  const told = phasesOf({ kind: 'cut-power', node: victim, members: TOLD, faultMs, logged: events, seen: [] })
  return {
    ...told,
    offMs: earliest(power.filter(one => one.node === victim && one.what === 'off' && one.atMs >= faultMs))
      ?.atMs,
    // The host sees the first process before the cluster tells that a start is done.
    takeOverMs: firstOn(presences, heir, faultMs)?.fromMs,
  }
}

/** Everything that happened in a stretch of time, told once each, by whoever told it first. */
export function momentsBetween(evidence: Evidence, outages: readonly Away[], fromMs: number, toMs: number) {
  const within = ({ atMs }: { readonly atMs: number }) => atMs >= fromMs && atMs <= toMs
  const found: Moment[] = clusterMoments({
    ...{ members: TOLD, faultMs: fromMs, logged: evidence.events.filter(within), seen: [] },
  })
  for (const { atMs, node, what } of evidence.power.filter(within))
    found.push({ atMs, what: `power of ${node}: ${what}`, source: 'plug' })
  for (const { fromMs: atMs, node, service } of evidence.presences)
    if (within({ atMs })) found.push({ atMs, what: `${service} runs on ${node}`, source: 'host' })
  for (const { service, fromMs: lastMs, toMs: backMs } of outages) {
    found.push({ atMs: lastMs, what: `${service} answers for the last time`, source: 'client' })
    if (backMs !== undefined) found.push({ atMs: backMs, what: `${service} answers again`, source: 'client' })
  }
  return found.sort((a, b) => a.atMs - b.atMs)
}

/** The command with which an exit reason ends, word by word; undefined when it tells none. */
export const cleanupIn = (reason: string): readonly string[] | undefined =>
  /\bcrm resource cleanup [\w.-]+ [\w.-]+/.exec(reason)?.[0]?.split(' ')
