import type { ImageName } from '../engine/images.ts'
import { bringUp } from './bring-up.ts'
import type { ClusterState } from './cluster-state.ts'
import { clusterState, loadConfiguration, waitFormed } from './formation.ts'
import { execInside, putInside } from './inside.ts'
import { removeCluster } from './leftovers.ts'
import { killNode, nodePid1 } from './machine.ts'
import { VIP } from './network.ts'
import { loadNodeImages } from './node-images.ts'
import { type ClusterPlace, clusterPlace, nodePlace } from './place.ts'
import { type ClusterPlan, clusterPlan, type NodeName, nodesOf } from './plan.ts'
import { type Plug, plugOf } from './plug.ts'
import { ask } from './protocol.ts'
import { readRecord } from './record.ts'

export interface ExecOptions {
  readonly input?: string
  /** A command still running then is killed inside the node, and answers -1. Default 120 000. */
  readonly timeoutMs?: number
  readonly env?: Readonly<Record<string, string>>
  /** Called with each line of its output, as it comes. */
  readonly onLine?: (line: string) => void
}

export interface ExecOutcome {
  /** -1: killed for its time, or with its node. */
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A running cluster, and what can happen to one. */
export interface Cluster {
  readonly name: string
  readonly plan: ClusterPlan
  readonly nodes: readonly NodeName[]
  /** Folder of the host that every node has mounted at /mnt/iot: it stands in for the NFS mount. */
  readonly shared: string
  /** Address on the ring's network that no node has by itself, for IPaddr2 (`cidr_netmask=24 nic=eth0`). */
  readonly vip: string
  /** Named network namespace on the ring's network, from which a client asks the VIP. */
  readonly clientNamespace: string
  /** Runs a command inside all namespaces of a node. */
  exec(node: NodeName, argv: readonly string[], options?: ExecOptions): Promise<ExecOutcome>
  /** Copies a file or folder of the host into a node, also into one that is off. */
  put(node: NodeName, from: string, to: string): Promise<void>
  /** `crm configure load update` on the first node that is up. */
  load(crmText: string): Promise<void>
  /** What `crm_mon` tells on this node; default: on the first one that is up. */
  state(node?: NodeName): Promise<ClusterState>
  /** Gives images to the engines of the workers. */
  loadImages(names: readonly ImageName[]): Promise<void>
  /** Unplugs the ring's cable, VIP included; the way to the power plugs is another cable. */
  cut(node: NodeName): Promise<void>
  uncut(node: NodeName): Promise<void>
  /** The plug that feeds a node. */
  power(node: NodeName): Plug
  /** Kills a node's pid 1 and all below it, its plug stays on. It comes back by `boot` or by off and on. */
  crash(node: NodeName): Promise<void>
  /** Presses the power button of a node that is fed and does not run. */
  boot(node: NodeName): Promise<void>
  /** Process id on the host; undefined: the node does not run. */
  pid1(node: NodeName): number | undefined
  /** Folder in the host's cgroup2 tree below which every process of a node lives. */
  cgroup(node: NodeName): string
  /** Waits until every fed node is online in one partition with quorum and a DC. Default 90 000 ms. */
  waitFormed(timeoutMs?: number): Promise<void>
  /** Removes all of it: processes, mounts, namespaces, control groups, files. */
  down(): Promise<void>
}

/**
 * Builds what is missing, boots the nodes, waits until they formed a cluster, installs our package.
 *
 * @param signal gives up, with nothing left behind
 * @throws one line that says what is missing on this machine; nothing is left behind then
 */
export async function upCluster(
  plan: ClusterPlan,
  progress: (line: string) => void = () => {},
  signal?: AbortSignal,
): Promise<Cluster> {
  return clusterOf(clusterPlace(plan.name), await bringUp(plan, progress, signal))
}

/** @throws when no cluster of that name is up */
export async function openCluster(name: string): Promise<Cluster> {
  const place = clusterPlace(clusterPlan({ name }).name)
  const record = await readRecord(place)
  if (record === undefined) throw new Error(`no cluster ${name} is up: scripts/cluster up --name ${name}`)
  return clusterOf(place, record.plan)
}

function clusterOf(place: ClusterPlace, plan: ClusterPlan): Cluster {
  const nodes = nodesOf(plan)
  const live = (): NodeName => {
    const found = nodes.find(node => nodePid1(place, node) !== undefined)
    if (found === undefined) throw new Error(`no node of cluster ${plan.name} runs`)
    return found
  }
  const order = async (verb: 'cut' | 'uncut' | 'boot', node: NodeName): Promise<void> => {
    await ask(place, { verb, node })
  }
  const cluster: Cluster = {
    name: plan.name,
    plan,
    nodes,
    shared: place.shared,
    vip: VIP,
    clientNamespace: place.client,
    exec: (node, argv, options) => execInside(place, node, argv, options),
    put: (node, from, to) => putInside(place, node, from, to),
    load: crmText => loadConfiguration(place, live(), crmText),
    state: (node = live()) => clusterState(place, node),
    loadImages: names => loadNodeImages(place, plan, names),
    cut: node => order('cut', node),
    uncut: node => order('uncut', node),
    boot: node => order('boot', node),
    power: node => plugOf(place, node),
    crash: node => killNode(place, node),
    pid1: node => nodePid1(place, node)?.pid,
    cgroup: node => nodePlace(place, node).cgroup,
    waitFormed: timeoutMs => waitFormed(place, plan, timeoutMs),
    down: () => removeCluster(place),
  }
  return cluster
}
