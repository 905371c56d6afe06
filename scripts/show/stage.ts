import type { Narrator } from '../drill/narrator.ts'
import type { NodeLogs } from '../drill/node-logs.ts'
import { until } from '../drill/waiting.ts'
import type { FedCoordinator } from '../house/fed-coordinator.ts'
import type { HouseService } from '../house/services.ts'
import type { Cluster } from '../lab/cluster.ts'
import type { NodeName } from '../lab/plan.ts'
import type { Client } from './client.ts'
import type { Watcher } from './watcher.ts'

/** Everything a step works with. */
export interface Stage {
  readonly cluster: Cluster
  readonly radio: FedCoordinator
  readonly client: Client
  readonly watcher: Watcher
  readonly logs: NodeLogs
  readonly narrator: Narrator
  readonly membershipSeconds: number
  /** Median of plain starts in seconds. */
  readonly ownStart: ReadonlyMap<HouseService, number>
  /** Of how many runs each median is. */
  readonly ownStartRuns: number
  /** Median of plain restarts of Home Assistant alone, in seconds. */
  readonly ownRestart: number
}

/** The node on which services of the stack run, as seen from the host. */
export function activeNode({ cluster, watcher }: Stage): NodeName {
  const active = new Set(watcher.log.running().map(one => one.node))
  const [node] = cluster.nodes.filter(name => active.has(name))
  if (node === undefined) throw new Error('the stack runs nowhere, so there is nothing to show')
  return node
}

/** The worker beside this one. */
export function otherWorker({ cluster }: Stage, node: NodeName): NodeName {
  const other = cluster.plan.workers.find(name => name !== node)
  if (other === undefined) throw new Error(`${node} has no other worker beside it`)
  return other
}

/** The node that only votes. */
export function arbiterOf({ cluster }: Pick<Stage, 'cluster'>): NodeName {
  const arbiter = cluster.nodes.find(name => !cluster.plan.workers.includes(name))
  if (arbiter === undefined) throw new Error('the demo needs an arbiter beside its workers')
  return arbiter
}

/** Waits until Pacemaker counts a node as a member that may run resources. */
export const untilOnline = (stage: Stage, node: NodeName, observer: NodeName, limitMs: number) =>
  until(
    `${node} is online again`,
    async () => {
      const { nodes } = await stage.cluster.state(observer)
      const state = nodes.find(one => one.name === node)
      return state?.online === true && !state.unclean && !state.standby
    },
    limitMs,
  )
