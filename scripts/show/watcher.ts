import { liveContainers, serviceOf } from './containers.ts'
import { type DoubleRun, doubleRuns, type Presence, PresenceLog, type Sighting } from './presence.ts'

const EVERY_MS = 50

/** Where a node's containers are seen from the host. */
export interface WatchedNode {
  readonly name: string
  /** The node's control group on the host; undefined while the node is off. */
  cgroup(): string | undefined
  /** Data root of the node's dockerd as the host reaches it; undefined while the node is off. */
  dockerRoot(): string | undefined
}

/** Looks at every node from the host, whatever the nodes themselves say. */
export interface Watcher {
  readonly log: PresenceLog
  doubleRuns(): DoubleRun[]
  /** Called when a service begins to run on a node. */
  onStart(tell: (presence: Presence) => void): void
  /** Called once for every service and pair of nodes on which it is seen at once. */
  onDouble(tell: (run: DoubleRun) => void): void
  stop(): void
}

/** Looks twenty times a second which nodes' control groups hold processes of which service. */
export function startWatcher(nodes: readonly WatchedNode[]): Watcher {
  const log = new PresenceLog()
  const names = new Map<string, string>()
  const starts: ((presence: Presence) => void)[] = []
  const doubles: ((run: DoubleRun) => void)[] = []
  const told = new Set<string>()
  const look = () => {
    for (const presence of log.look(Date.now(), sightings(nodes, names)))
      for (const tell of starts) tell(presence)
    for (const run of doubleRuns(log.running())) {
      const key = `${run.service} ${run.nodes.join(' ')}`
      if (told.has(key)) continue
      told.add(key)
      for (const tell of doubles) tell(run)
    }
  }
  const timer = setInterval(look, EVERY_MS)
  return {
    log,
    doubleRuns: () => doubleRuns(log.all),
    onStart: tell => void starts.push(tell),
    onDouble: tell => void doubles.push(tell),
    stop: () => clearInterval(timer),
  }
}

function sightings(nodes: readonly WatchedNode[], names: Map<string, string>): Sighting[] {
  const seen: Sighting[] = []
  for (const node of nodes) {
    const cgroup = node.cgroup()
    if (cgroup === undefined) continue
    for (const container of liveContainers(cgroup))
      seen.push({ node: node.name, container, service: nameOf(node, container, names) })
  }
  return seen
}

/** A container whose service cannot be told counts under its own id, so that it is never left out. */
function nameOf(node: WatchedNode, container: string, names: Map<string, string>): string {
  const known = names.get(container)
  if (known !== undefined) return known
  const root = node.dockerRoot()
  const service = root === undefined ? undefined : serviceOf(root, container)
  if (service !== undefined) names.set(container, service)
  return service ?? container.slice(0, 12)
}
