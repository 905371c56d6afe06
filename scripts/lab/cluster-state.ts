import { parseStringPromise } from 'xml2js'

/** What crm_mon tells about one node. */
export interface NodeState {
  readonly name: string
  readonly online: boolean
  readonly standby: boolean
  readonly unclean: boolean
  readonly dc: boolean
}

/** What crm_mon tells about one resource. */
export interface ResourceState {
  readonly id: string
  readonly agent: string
  readonly role: string
  readonly active: boolean
  readonly failed: boolean
  readonly blocked: boolean
  readonly managed: boolean
  /** Where it is active. */
  readonly nodes: readonly string[]
}

export interface ClusterState {
  readonly quorum: boolean
  readonly dc: string | undefined
  readonly nodes: readonly NodeState[]
  readonly resources: readonly ResourceState[]
  /** `operation on node: reason`, one for each failed action. */
  readonly failures: readonly string[]
}

/**
 * Reads what `crm_mon --one-shot --output-as=xml` printed.
 *
 * @throws when it is no such document
 */
export async function parseClusterState(xml: string): Promise<ClusterState> {
  const tree: unknown = await parseStringPromise(xml)
  const result = Object(tree)['pacemaker-result']
  const [dc] = elements(elements(result, 'summary')[0], 'current_dc')
  if (dc === undefined) throw new Error(`crm_mon told no summary: ${xml.slice(0, 120)}`)
  return {
    quorum: flag(dc, 'with_quorum'),
    dc: flag(dc, 'present') ? attribute(dc, 'name') : undefined,
    nodes: below(result, ['nodes', 'node']).map(node => ({
      name: attribute(node, 'name'),
      online: flag(node, 'online'),
      standby: flag(node, 'standby'),
      unclean: flag(node, 'unclean'),
      dc: flag(node, 'is_dc'),
    })),
    resources: elements(result, 'resources').flatMap(resourcesIn),
    failures: below(result, ['failures', 'failure']).map(
      failure =>
        `${attribute(failure, 'op_key')} on ${attribute(failure, 'node')}: ${attribute(failure, 'exitreason') || attribute(failure, 'exitstatus')}`,
    ),
  }
}

/** Groups and clones hold resources, and clones hold groups. */
function resourcesIn(parent: unknown): ResourceState[] {
  const own = elements(parent, 'resource').map(resource => ({
    id: attribute(resource, 'id'),
    agent: attribute(resource, 'resource_agent'),
    role: attribute(resource, 'role'),
    active: flag(resource, 'active'),
    failed: flag(resource, 'failed'),
    blocked: flag(resource, 'blocked'),
    managed: flag(resource, 'managed'),
    nodes: elements(resource, 'node').map(node => attribute(node, 'name')),
  }))
  return [...own, ...['group', 'clone'].flatMap(kind => elements(parent, kind).flatMap(resourcesIn))]
}

const below = (parent: unknown, path: readonly string[]): unknown[] =>
  path.reduce((found: unknown[], name) => found.flatMap(one => elements(one, name)), [parent])

function elements(parent: unknown, name: string): unknown[] {
  const found: unknown = Object(parent)[name]
  return Array.isArray(found) ? found : []
}

function attribute(element: unknown, name: string): string {
  const value: unknown = Object(Object(element).$)[name]
  return typeof value === 'string' ? value : ''
}

const flag = (element: unknown, name: string): boolean => attribute(element, name) === 'true'
