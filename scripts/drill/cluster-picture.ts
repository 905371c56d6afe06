import { attribute, below, children, flag, readXml, type XmlElement } from '../pacemaker/xml.ts'

/** A node as the cluster sees it. */
export interface PictureNode {
  readonly name: string
  readonly online: boolean
  readonly standby: boolean
  readonly maintenance: boolean
  /** Joining, not yet a member. */
  readonly pending: boolean
  readonly unclean: boolean
  readonly shutdown: boolean
}

/** One instance of a resource. */
export interface PictureResource {
  /** Without the number of a clone's copy. */
  readonly id: string
  /** The outermost group, clone or bundle it lies in, or itself: what can be moved. */
  readonly top: string
  readonly kind: 'primitive' | 'group' | 'clone' | 'bundle'
  /** `ocf:haha:compose-stack`, `stonith:fence_homelab`. */
  readonly agent: string
  readonly targetRole: string
  readonly active: boolean
  readonly blocked: boolean
  readonly managed: boolean
  readonly failed: boolean
  /** What is being done with it just now; empty: nothing. */
  readonly pending: string
  /** Where it is active. */
  readonly nodes: readonly string[]
}

/** The cluster at one moment, as crm_mon tells it, of Pacemaker 2.1 and 3.0. */
export interface Picture {
  readonly quorum: boolean
  readonly dc: string | undefined
  readonly fencingEnabled: boolean
  readonly maintenance: boolean
  readonly stopAll: boolean
  readonly nodes: readonly PictureNode[]
  readonly resources: readonly PictureResource[]
  /** Failed actions that the cluster still remembers. */
  readonly failures: readonly PictureFailure[]
}

export interface PictureFailure {
  /** `p_stack_monitor_10000`. */
  readonly operation: string
  readonly node: string
  readonly reason: string
}

/** Reads `crm_mon --one-shot --inactive --output-as=xml`; undefined when it is cut off or something else. */
export function readPicture(xml: string): Picture | undefined {
  const result = readXml(xml)
  const [summary] = children(result, 'summary')
  const [dc] = children(summary, 'current_dc')
  const [options] = children(summary, 'cluster_options')
  if (dc === undefined || options === undefined) return undefined
  return {
    quorum: flag(dc, 'with_quorum'),
    dc: flag(dc, 'present') ? attribute(dc, 'name') : undefined,
    // Pacemaker is about to rename it.
    fencingEnabled: flag(options, 'stonith-enabled') || flag(options, 'fencing-enabled'),
    maintenance: flag(options, 'maintenance-mode'),
    stopAll: flag(options, 'stop-all-resources'),
    nodes: nodesIn(result),
    resources: resourcesIn(children(result, 'resources')[0]),
    failures: children(children(result, 'failures')[0], 'failure').map(failure => ({
      operation: attribute(failure, 'op_key'),
      node: attribute(failure, 'node'),
      reason: attribute(failure, 'exitreason') || attribute(failure, 'exitstatus'),
    })),
  }
}

/** What crm_simulate expects to run where in the end; undefined when it said nothing that can be read. */
export function readForecast(xml: string): readonly PictureResource[] | undefined {
  const [revised] = children(readXml(xml), 'revised_cluster_status')
  const [resources] = children(revised, 'resources')
  return resources === undefined ? undefined : resourcesIn(resources)
}

function nodesIn(result: XmlElement | undefined): PictureNode[] {
  return children(children(result, 'nodes')[0], 'node').map(node => ({
    name: attribute(node, 'name'),
    online: flag(node, 'online'),
    standby: flag(node, 'standby') || flag(node, 'standby_onfail'),
    maintenance: flag(node, 'maintenance'),
    pending: flag(node, 'pending'),
    unclean: flag(node, 'unclean'),
    shutdown: flag(node, 'shutdown'),
  }))
}

const TOPS = ['group', 'clone', 'bundle'] as const

function resourcesIn(resources: XmlElement | undefined): PictureResource[] {
  return (resources?.children ?? []).flatMap(child => {
    const kind = TOPS.find(name => name === child.name) ?? 'primitive'
    const all = child.name === 'resource' ? [child] : below(child, 'resource')
    return all.map(resource => readResource(resource, kind, attribute(child, 'id')))
  })
}

function readResource(resource: XmlElement, kind: PictureResource['kind'], top: string): PictureResource {
  return {
    id: plainId(attribute(resource, 'id')),
    top: plainId(top),
    kind,
    agent: attribute(resource, 'resource_agent'),
    targetRole: attribute(resource, 'target_role'),
    active: flag(resource, 'active'),
    blocked: flag(resource, 'blocked'),
    managed: flag(resource, 'managed'),
    failed: flag(resource, 'failed'),
    pending: attribute(resource, 'pending'),
    nodes: children(resource, 'node').map(node => attribute(node, 'name')),
  }
}

const plainId = (id: string): string => id.replace(/:\d+$/, '')
