import { attribute, below, children, descend, parseXml, XmlFault } from '../pacemaker/xml.ts'

/** What the cluster says of itself just now. */
export interface ClusterStatus {
  readonly version: string
  readonly quorum: boolean
  readonly maintenance: boolean
  readonly nodes: readonly NodeStatus[]
  readonly active: readonly ActiveResource[]
  /** Newest first; undefined when the fencer did not answer. It forgets them when the whole cluster stops. */
  readonly fencings: readonly Fencing[] | undefined
}

export interface NodeStatus {
  readonly name: string
  readonly online: boolean
  readonly standby: boolean
  readonly maintenance: boolean
  readonly remote: boolean
}

/** One resource, or one copy of a clone, where it is active. */
export interface ActiveResource {
  /** As it is configured, without the number of the copy. */
  readonly id: string
  readonly managed: boolean
  readonly nodes: readonly string[]
}

export interface Fencing {
  readonly target: string
  /** `reboot`, `off`, `on`. */
  readonly action: string
  /** `success`, `failed`, `pending`. */
  readonly status: string
  readonly completed: string
  /** The node whose device did it, or `a human`, who confirmed it by hand. */
  readonly delegate: string
}

/**
 * Reads `crm_mon --one-shot --inactive --output-as=xml` of Pacemaker 2.1 and 3.0.
 * @throws XmlFault when it is something else
 */
export function readClusterStatus(xml: string): ClusterStatus {
  const result = parseXml(xml)
  const dc = descend(result, 'summary', 'current_dc')
  if (dc === undefined) throw new XmlFault(`<${result.name}> without a summary of the cluster`, 0)
  const options = descend(result, 'summary', 'cluster_options')
  return {
    version: attribute(dc, 'version'),
    quorum: attribute(dc, 'with_quorum') === 'true',
    maintenance: attribute(options, 'maintenance-mode') === 'true',
    nodes: children(descend(result, 'nodes'), 'node').map(node => ({
      name: attribute(node, 'name'),
      online: attribute(node, 'online') === 'true',
      standby: attribute(node, 'standby') === 'true',
      maintenance: attribute(node, 'maintenance') === 'true',
      remote: attribute(node, 'type') !== 'member',
    })),
    active: below(descend(result, 'resources'), 'resource').map(resource => ({
      id: attribute(resource, 'id').replace(/:\d+$/, ''),
      managed: attribute(resource, 'managed') === 'true',
      nodes:
        attribute(resource, 'active') === 'true'
          ? children(resource, 'node').map(node => attribute(node, 'name'))
          : [],
    })),
    fencings: readFencings(descend(result, 'fence_history')),
  }
}

/** Without any event the element is left out; a status other than 0 is the fencer's failure to answer. */
function readFencings(history: ReturnType<typeof descend>): readonly Fencing[] | undefined {
  const status = attribute(history, 'status')
  if (status !== '' && status !== '0') return undefined
  return children(history, 'fence_event').map(event => ({
    target: attribute(event, 'target'),
    action: attribute(event, 'action'),
    status: attribute(event, 'status'),
    completed: attribute(event, 'completed'),
    delegate: attribute(event, 'delegate'),
  }))
}
