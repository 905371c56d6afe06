import type { Cib } from '../pacemaker/cib.ts'
import type { Aim } from './aim.ts'
import type { Picture, PictureResource } from './cluster-picture.ts'
import { moveConstraintOf } from './configuration.ts'
import { type DrillKind, KIND_FACTS } from './kinds.ts'
import type { Votes } from './votes.ts'

/** All that was looked at before a drill. */
export interface Situation {
  readonly kind: DrillKind
  readonly aim: Aim
  /** The node on which the drill itself runs. */
  readonly here: string
  readonly picture: Picture
  readonly configuration: Cib
  /** What would run where without the node, as the cluster's own scheduler says; undefined: it said nothing. */
  readonly forecast: readonly PictureResource[] | undefined
  /** Fencing devices that can fence the node. */
  readonly fenceDevices: readonly string[]
  /** Undefined: corosync-quorumtool said nothing. */
  readonly votes: Votes | undefined
  /** What haha-doctor calls critical; none also when it is not installed. */
  readonly critical: readonly string[]
  /** Storage that has no second leg just now, one line each. */
  readonly storage: readonly string[]
}

/** Where the resource would be without its node, as the scheduler says. */
export function heirOf({ aim, forecast }: Pick<Situation, 'aim' | 'forecast'>): string | undefined {
  const places = (forecast ?? []).filter(({ top }) => top === aim.resource)
  const [heir] = places.flatMap(({ nodes }) => nodes)
  return places.every(({ nodes }) => nodes.length === 1 && nodes[0] === heir) ? heir : undefined
}

/**
 * Why this drill must not begin, one line each; none: its end can be seen. Each says what was seen and what
 * to do about it.
 */
export function refusals(situation: Situation): string[] {
  const { kind, aim, here, picture, configuration } = situation
  const { losesNode } = KIND_FACTS[kind]
  const earlier = moveConstraintOf(configuration, aim.resource)
  return [
    ...clusterFaults(picture),
    ...nodeFaults(situation),
    ...resourceFaults(picture, aim),
    ...forecastFaults(situation),
    ...fencingFaults(situation),
    ...(losesNode && aim.node === here
      ? [`${aim.node} is the node this runs on; run it on another node, which lives to see the end`]
      : []),
    ...(kind === 'move' && earlier !== undefined
      ? [
          `constraint ${earlier} of an earlier move still holds ${aim.resource}; clear it: crm_resource --clear --resource ${aim.resource}`,
        ]
      : []),
    ...situation.critical.map(finding => `haha-doctor: ${finding}`),
    ...(losesNode ? situation.storage : []),
  ]
}

function clusterFaults(picture: Picture): string[] {
  const faults: string[] = []
  if (picture.dc === undefined) faults.push('the cluster has no DC; wait until it has formed')
  if (!picture.quorum) faults.push('the cluster has no quorum, so nothing would be started elsewhere')
  if (picture.maintenance) faults.push('the cluster is in maintenance mode, so nothing would be recovered')
  if (picture.stopAll) faults.push('stop-all-resources is set, so nothing would be started')
  return faults
}

function nodeFaults({ kind, picture, aim }: Situation): string[] {
  return picture.nodes.flatMap(node => {
    const states = [
      ...(node.online ? [] : ['offline']),
      ...(node.unclean ? ['unclean'] : []),
      ...(node.pending ? ['still joining'] : []),
      ...(node.shutdown ? ['shutting down'] : []),
      ...(node.maintenance ? ['in maintenance'] : []),
      // A node on standby takes nothing over, and somebody is at work on it.
      ...(node.standby && (node.name === aim.node || KIND_FACTS[kind].behindItsBack) ? ['on standby'] : []),
    ]
    return states.length === 0 ? [] : [`node ${node.name} is ${states.join(', ')}; bring it back first`]
  })
}

function resourceFaults({ resources }: Picture, aim: Aim): string[] {
  return resources.flatMap(({ id, top, kind, targetRole, active, failed, blocked, managed, pending }) => {
    const isOurs = top === aim.resource
    if (blocked) return [`resource ${id} is blocked; see crm_mon, mend it, then crm_resource --cleanup`]
    if (failed) return [`resource ${id} is failed; see crm_mon, mend it, then crm_resource --cleanup`]
    if (pending !== '') return [`resource ${id} is at work (${pending}); wait until the cluster is at rest`]
    if (!managed && isOurs) return [`resource ${id} is unmanaged, so the cluster would leave it as it is`]
    const isWanted = !/^(Stopped|Disabled)$/i.test(targetRole)
    if (!active && isWanted && (isOurs || kind === 'primitive' || kind === 'group'))
      return [`resource ${id} is not running although it should; see crm_mon`]
    return []
  })
}

function forecastFaults(situation: Situation): string[] {
  const { kind, aim, picture, forecast } = situation
  if (kind === 'kill-app' || kind === 'kill-engine') return []
  if (forecast === undefined)
    return ['crm_simulate does not say what would run where; without it the end cannot be seen']
  if (heirOf(situation) === undefined)
    return [
      `without ${aim.node} the cluster would start ${aim.resource} nowhere (crm_simulate); no other node may run it`,
    ]
  if (kind === 'move') return []
  const lost = picture.resources.filter(
    ({ id, kind: shape, active, agent }) =>
      active &&
      (shape === 'primitive' || shape === 'group') &&
      !agent.startsWith('stonith:') &&
      !forecast.some(later => later.id === id && later.active),
  )
  return lost.map(({ id }) => `without ${aim.node} nothing would run ${id} (crm_simulate)`)
}

function fencingFaults({ kind, aim, picture, fenceDevices, votes }: Situation): string[] {
  if (!KIND_FACTS[kind].losesNode) return []
  const faults: string[] = []
  if (!picture.fencingEnabled)
    faults.push('fencing is off (stonith-enabled); without it a lost node is never replaced')
  if (fenceDevices.length === 0)
    faults.push(`no fencing device can fence ${aim.node} (stonith_admin --list ${aim.node})`)
  if (votes === undefined)
    faults.push('corosync-quorumtool does not tell the votes; is corosync running here?')
  else if (!votes.twoNode && votes.total - 1 < votes.quorum)
    faults.push(`without ${aim.node} ${votes.total - 1} votes are left, quorum needs ${votes.quorum}`)
  return faults
}
