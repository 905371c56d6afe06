import type { DrillKind } from './kinds.ts'
import { earliest, type Moment, type Phases } from './moments.ts'
import type { LoggedEvent } from './node-logs.ts'
import { type SeenEvent, wordingOf } from './seen-changes.ts'
import { wording } from './wording.ts'

/** All that was noted of a drill. */
export interface Evidence {
  readonly kind: DrillKind
  /** Where the resource was. */
  readonly node: string
  readonly members: readonly string[]
  readonly faultMs: number
  readonly logged: readonly LoggedEvent[]
  readonly seen: readonly SeenEvent[]
}

/** The moments of a drill: the log knows them best, a look at the state knows them up to half a second late. */
export function phasesOf(evidence: Evidence): Phases {
  const { kind, node, members, faultMs } = evidence
  const logged = evidence.logged.filter(({ atMs }) => atMs >= faultMs)
  const seen = evidence.seen.filter(({ atMs }) => atMs >= faultMs)
  const log = (wanted: (event: LoggedEvent) => boolean) => earliest(logged.filter(wanted))?.atMs
  const look = (wanted: (event: SeenEvent) => boolean) => earliest(seen.filter(wanted))?.atMs
  const takeOverMs = first(
    log(
      event =>
        event.kind === 'action' &&
        event.action === 'start' &&
        event.node !== node &&
        members.includes(event.resource) &&
        event.result === 'ok',
    ),
    look(event => event.kind === 'taken-over' && event.node !== node),
  )
  if (kind === 'move') return { takeOverMs }
  if (kind === 'kill-app' || kind === 'kill-engine') {
    const detectedMs = first(
      log(
        event =>
          event.kind === 'action' &&
          event.node === node &&
          members.includes(event.resource) &&
          event.result !== 'ok',
      ),
      look(event => event.kind === 'failed' && event.node === node),
    )
    return { detectedMs, takeOverMs }
  }
  const detectedMs = first(
    log(event => (event.kind === 'lost' || event.kind === 'fence-requested') && event.node === node),
    look(event => (event.kind === 'lost' || event.kind === 'unclean') && event.node === node),
  )
  return {
    // A cluster that was told has detected nothing.
    detectedMs: kind === 'fence' ? undefined : detectedMs,
    fencingAskedMs: first(
      log(event => event.kind === 'fence-requested' && event.node === node),
      look(event => event.kind === 'unclean' && event.node === node),
    ),
    fencedMs: log(event => event.kind === 'fenced' && event.node === node && event.ok),
    takeOverMs,
  }
}

/** Everything the cluster told, once each, in its order. */
export function clusterMoments({
  members,
  faultMs,
  logged,
  seen,
}: Pick<Evidence, 'members' | 'faultMs' | 'logged' | 'seen'>): Moment[] {
  const found: Moment[] = []
  const told = new Set<string>()
  const add = (atMs: number, what: string | undefined, source: Moment['source']) => {
    if (what === undefined || atMs < faultMs || told.has(what)) return
    told.add(what)
    found.push({ atMs, what, source })
  }
  for (const event of [...logged].sort((a, b) => a.atMs - b.atMs))
    add(event.atMs, wording(event, members), 'pacemaker.log')
  for (const event of seen) add(event.atMs, wordingOf(event), 'crm_mon')
  return found.sort((a, b) => a.atMs - b.atMs)
}

const first = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)
