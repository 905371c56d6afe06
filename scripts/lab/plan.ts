export const NODE_NAMES = ['n1', 'n2', 'n3'] as const
export type NodeName = (typeof NODE_NAMES)[number]

/** Debian release in the nodes: Pacemaker 2.1 with crmsh 4, or Pacemaker 3.0 with crmsh 5. */
export type NodeSuite = 'bookworm' | 'trixie'

export interface ClusterPlan {
  /** Unique among the clusters that live at one time: letters, digits, dashes. */
  readonly name: string
  readonly nodes: 2 | 3
  readonly suite: NodeSuite
  /** Debian packages in the nodes beyond what each has. */
  readonly packages: readonly string[]
  /** Corosync's token, milliseconds. */
  readonly tokenMs: number
  /** Nodes with a Docker engine; the others only vote. */
  readonly workers: readonly NodeName[]
  /** From the plug's relay closing to the node's pid 1: what firmware and boot loader take. */
  readonly firmwareMs: number
  /** Our package, installed with apt in every node. Default: the newest one in dist/. */
  readonly deb: string | undefined
  /** `this process`: the cluster goes down when the calling process ends, however it ends. */
  readonly lifetime: 'until down' | 'this process'
}

const DEFAULTS: ClusterPlan = {
  name: 'haha',
  nodes: 3,
  suite: 'bookworm',
  packages: [],
  tokenMs: 1_000,
  workers: ['n1', 'n2'],
  firmwareMs: 5_000,
  deb: undefined,
  lifetime: 'until down',
}

/**
 * A plan with the defaults filled in.
 *
 * @throws when the name cannot be one of a namespace, or a worker is no node of it
 */
export function clusterPlan(wanted: Partial<ClusterPlan> = {}): ClusterPlan {
  const plan = { ...DEFAULTS, ...wanted }
  if (!/^[a-z0-9][a-z0-9-]{0,19}$/.test(plan.name))
    throw new Error(`cluster name "${plan.name}": use 1 to 20 of a-z, 0-9 and dashes`)
  const stranger = plan.workers.find(worker => !nodesOf(plan).includes(worker))
  if (stranger !== undefined)
    throw new Error(`worker ${stranger}: a cluster of ${plan.nodes} nodes has ${nodesOf(plan).join(', ')}`)
  return plan
}

export const nodesOf = (plan: Pick<ClusterPlan, 'nodes'>): readonly NodeName[] =>
  NODE_NAMES.slice(0, plan.nodes)
