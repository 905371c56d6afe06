import { durationMs } from '../../lib/ocf/duration.ts'
import type {
  ActionResult,
  Cib,
  CibNode,
  Clone,
  FencingLevel,
  Location,
  LocationRule,
  Operation,
  Resource,
  Settings,
} from './cib.ts'
import { attribute, below, children, descend, parseXml, type XmlElement, XmlFault } from './xml.ts'

/**
 * Reads what `cibadmin --query` prints. Elements that are not known are passed over: a CIB may have anything
 * in it.
 * @throws XmlFault when it is no CIB
 */
export function readCib(xml: string): Cib {
  const cib = parseXml(xml)
  if (cib.name !== 'cib') throw new XmlFault(`<${cib.name}> instead of <cib>`, 0)
  const configuration = descend(cib, 'configuration')
  return {
    properties: settingsIn(descend(configuration, 'crm_config'), 'cluster_property_set'),
    resourceDefaults: settingsIn(descend(configuration, 'rsc_defaults'), 'meta_attributes'),
    operationDefaults: settingsIn(descend(configuration, 'op_defaults'), 'meta_attributes'),
    nodes: children(descend(configuration, 'nodes'), 'node').map(readNode),
    resources: readResources(descend(configuration, 'resources')),
    locations: below(descend(configuration, 'constraints'), 'rsc_location').map(readLocation),
    levels: below(descend(configuration, 'fencing-topology'), 'fencing-level').map(readLevel),
    results: children(descend(cib, 'status'), 'node_state').flatMap(readResults),
  }
}

/** Sets with a rule count at times only, so they are left out. */
function settingsIn(parent: XmlElement | undefined, ...sets: readonly string[]): Settings {
  const settings = new Map<string, string>()
  for (const set of sets.flatMap(name => children(parent, name))) {
    if (children(set, 'rule').length > 0) continue
    for (const pair of children(set, 'nvpair')) {
      const name = attribute(pair, 'name')
      if (!settings.has(name)) settings.set(name, attribute(pair, 'value'))
    }
  }
  return settings
}

function readNode(element: XmlElement): CibNode {
  return {
    id: attribute(element, 'id'),
    name: attribute(element, 'uname'),
    attributes: settingsIn(element, 'instance_attributes'),
    remote: attribute(element, 'type') === 'remote',
  }
}

function readResources(resources: XmlElement | undefined): readonly Resource[] {
  const sets = new Map(
    below(resources, 'instance_attributes', 'meta_attributes', 'operations').map(
      set => [attribute(set, 'id'), set] as const,
    ),
  )
  const templates = new Map(
    children(resources, 'template').map(template => [attribute(template, 'id'), whole(template, sets)]),
  )
  const found: Resource[] = []
  const visit = (parent: XmlElement, around: Pick<Resource, 'group' | 'clone'>): void => {
    for (const written of parent.children) {
      const child = whole(written, sets)
      const id = attribute(child, 'id')
      if (child.name === 'primitive')
        found.push({ ...readPrimitive(child, templates.get(attribute(child, 'template'))), ...around })
      else if (child.name === 'group') visit(child, { ...around, group: id })
      else if (child.name === 'clone' || child.name === 'master')
        visit(child, { ...around, clone: readClone(child) })
      else if (child.name === 'bundle') visit(child, around)
    }
  }
  if (resources !== undefined) visit(resources, { group: undefined, clone: undefined })
  return found
}

/** An element with the sets that it shares with another one by reference in their places. */
function whole(element: XmlElement, sets: ReadonlyMap<string, XmlElement>): XmlElement {
  if (!element.children.some(child => child.attributes.has('id-ref'))) return element
  const shared = element.children.map(
    child => (child.attributes.has('id-ref') ? sets.get(attribute(child, 'id-ref')) : undefined) ?? child,
  )
  return { ...element, children: shared }
}

function readClone(element: XmlElement): Clone {
  const meta = settingsIn(element, 'meta_attributes')
  return {
    id: attribute(element, 'id'),
    promotable: element.name === 'master' || isTrue(meta.get('promotable')),
    meta,
  }
}

function readPrimitive(
  element: XmlElement,
  template: XmlElement | undefined,
): Omit<Resource, 'group' | 'clone'> {
  const kind = attribute(element, 'class') === '' ? template : element
  const own = children(descend(element, 'operations'), 'op').map(readOperation)
  const inherited = children(descend(template, 'operations'), 'op').map(readOperation)
  const isOwn = (one: Operation) =>
    own.some(other => other.name === one.name && other.intervalMs === one.intervalMs)
  return {
    id: attribute(element, 'id'),
    agent: ['class', 'provider', 'type']
      .map(part => attribute(kind, part))
      .filter(part => part !== '')
      .join(':'),
    parameters: merged(template, element, 'instance_attributes'),
    meta: merged(template, element, 'meta_attributes'),
    operations: [...own, ...inherited.filter(one => !isOwn(one))],
  }
}

function merged(template: XmlElement | undefined, element: XmlElement, set: string): Settings {
  return new Map([...settingsIn(template, set), ...settingsIn(element, set)])
}

function readOperation(element: XmlElement): Operation {
  const details = settingsIn(element, 'instance_attributes', 'meta_attributes')
  const said = (name: string) => element.attributes.get(name) ?? details.get(name)
  const timeout = said('timeout')
  return {
    id: attribute(element, 'id'),
    name: attribute(element, 'name'),
    intervalMs: durationMs(said('interval') ?? '0'),
    timeoutMs: timeout === undefined ? undefined : durationMs(timeout),
    role: roleName(said('role') ?? ''),
    checkLevel: details.get('OCF_CHECK_LEVEL'),
    depth: said('depth'),
    enabled: !isFalse(said('enabled')),
  }
}

/** Names before Pacemaker 2.1 are the same roles. */
function roleName(role: string): string {
  if (role === 'Master') return 'Promoted'
  return role === 'Slave' ? 'Unpromoted' : role
}

function readLocation(element: XmlElement): Location {
  return {
    id: attribute(element, 'id'),
    resource: attribute(element, 'rsc'),
    node: element.attributes.get('node'),
    score: attribute(element, 'score'),
    exclusive: attribute(element, 'resource-discovery') === 'exclusive',
    rules: children(element, 'rule').map(readRule),
  }
}

function readRule(element: XmlElement): LocationRule {
  return {
    id: attribute(element, 'id'),
    score: attribute(element, 'score') || attribute(element, 'score-attribute'),
    expressions: below(element, 'expression').map(expression => ({
      attribute: attribute(expression, 'attribute'),
      operation: attribute(expression, 'operation'),
      value: attribute(expression, 'value'),
    })),
  }
}

function readLevel(element: XmlElement): FencingLevel {
  return {
    target: attribute(element, 'target'),
    index: Number(attribute(element, 'index')),
    devices: attribute(element, 'devices')
      .split(',')
      .map(device => device.trim()),
  }
}

function readResults(state: XmlElement): readonly ActionResult[] {
  return below(state, 'lrm_resource').flatMap(resource =>
    children(resource, 'lrm_rsc_op').map(result => ({
      node: attribute(state, 'uname'),
      resource: attribute(resource, 'id'),
      action: attribute(result, 'operation'),
      intervalMs: Number(attribute(result, 'interval') || '0'),
      tookMs: Number(attribute(result, 'exec-time') || '0'),
      code: Number(attribute(result, 'rc-code') || '-1'),
    })),
  )
}

/** Pacemaker's words for yes. */
export function isTrue(text: string | undefined): boolean {
  return ['true', 'on', 'yes', 'y', '1'].includes((text ?? '').toLowerCase())
}

/** Pacemaker's words for no. */
export function isFalse(text: string | undefined): boolean {
  return ['false', 'off', 'no', 'n', '0'].includes((text ?? '').toLowerCase())
}
